"""What holds for both COPY streams, of packs and of rows."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from loader.errors import BrokenInvariantError
from loader.stage import packing, rows
from loader.stage.binary_copy import Readings, by_participant
from tests.unit.delta import Reading, batch, copied

AsStream = Callable[[Iterable[Readings]], Iterator[bytes]]


@pytest.mark.parametrize(
    ("as_stream", "columns"),
    [(packing.pack, len(packing.COLUMNS)), (rows.rows, len(rows.COLUMNS))],
)
@pytest.mark.parametrize("batches", [[], [[]]])
def test_nothing_is_a_valid_stream(
    as_stream: AsStream, columns: int, batches: list[list[Reading]]
) -> None:
    stream = b"".join(as_stream(by_participant(batch(readings) for readings in batches)))
    assert list(copied(stream, columns)) == []


@pytest.mark.parametrize("as_stream", [packing.pack, rows.rows])
@pytest.mark.parametrize(
    "batches",
    [
        [[("a", 2, 60.0, None), ("a", 1, 60.0, None)]],
        [[("a", 1, 60.0, None), ("a", 1, 61.0, None)]],
        [[("b", 1, 60.0, None), ("a", 2, 60.0, None)]],
        [[("a", 1, 60.0, None)], [("a", 1, 60.0, None)]],
        [[("a", 2, 60.0, None)], [("a", 1, 60.0, None)]],
        [[("b", 1, 60.0, None)], [("a", 2, 60.0, None)]],
        [[("a", 1, 60.0, None), ("b", 1, 60.0, None), ("a", 2, 60.0, None)]],
    ],
)
def test_readings_out_of_order_are_refused(
    as_stream: AsStream, batches: list[list[Reading]]
) -> None:
    with pytest.raises(BrokenInvariantError, match="out of order"):
        b"".join(as_stream(by_participant(batch(readings) for readings in batches)))
