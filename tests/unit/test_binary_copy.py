"""Readings are rows as Postgres' binary COPY reads them, every one and in order."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import BrokenInvariantError
from loader.stage.binary_copy import COLUMNS, POSTGRES_EPOCH_US, by_participant, rows
from tests.unit.delta import Reading, batch, copied, deltas


def stream(*batches: list[Reading]) -> bytes:
    """The COPY stream made of batches."""
    return b"".join(rows(by_participant(batch(readings) for readings in batches)))


def decoded(*batches: list[Reading]) -> list[Reading]:
    """The readings in the rows made of batches."""
    return [reading(*fields) for fields in copied(stream(*batches), len(COLUMNS))]


def reading(
    name: bytes | None, instant: bytes | None, value: bytes | None, confidence: bytes | None
) -> Reading:
    """A row's fields as textrecv, timestamptz_recv, float8recv and int2recv read them."""
    assert name is not None
    assert instant is not None
    assert value is not None
    return (
        name.decode(),
        struct.unpack("!q", instant)[0] + POSTGRES_EPOCH_US,
        struct.unpack("!d", value)[0],
        None if confidence is None else struct.unpack("!h", confidence)[0],
    )


@pytest.mark.parametrize("batches", [[], [[]]])
def test_nothing_is_a_valid_stream(batches: list[list[Reading]]) -> None:
    assert decoded(*batches) == []


@given(deltas, st.integers(1, 20))
def test_round_trip_whatever_the_batches(delta: list[Reading], size: int) -> None:
    parts = [delta[start : start + size] for start in range(0, len(delta), size)]
    assert decoded(*parts) == delta


@pytest.mark.parametrize("turns", [[None], [3], [None, 0, 1, 2, 3], [0, None]])
def test_some_all_or_none_with_a_confidence(turns: list[int | None]) -> None:
    delta: list[Reading] = [
        (name, second * 1_000_000, 60 + second / 7, turns[second % len(turns)])
        for name in ("me", "𝄞")
        for second in range(50)
    ]
    assert decoded(delta) == delta


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
def test_readings_out_of_order_are_refused(batches: list[list[Reading]]) -> None:
    with pytest.raises(BrokenInvariantError, match="out of order"):
        stream(*batches)
