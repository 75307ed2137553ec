"""Which row stands for each instant is the same whether rows are settled at once or in slices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.compare import deduplicate as deduplication
from loader.compare.deduplicate import conflicts, days, deduplicate, file_days, mixed_participants
from loader.compare.selected_readings import readings, select_readings
from loader.configuration.memory_size import bytes_of
from loader.read.scratch import Scratch
from loader.sql import statement
from loader.stage.binary_copy import by_participant

FIRST = datetime(2024, 1, 1, 23, 59, 58)
"""Two seconds before midnight, so that two days have rows."""


@dataclass(frozen=True)
class Row:
    """A row of a source, by its number; ``second`` counts from FIRST."""

    source: int
    second: int
    value: float
    confidence: int | None


SOURCES = [(0, 0, "b", ""), (1, 1, "b", ""), (2, 2, "a", ""), (3, 3, "é", "")]
"""(source, file, participant, device): two files of one participant, and one of each other."""

rows = st.lists(
    st.builds(
        Row,
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from([60.0, 61.5]),
        st.none() | st.integers(0, 3),
    ),
    max_size=25,
).map(lambda drawn: sorted(drawn, key=lambda row: row.source))
"""As they are read: file after file."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with Scratch(tmp_path_factory.mktemp("scratch"), "64MB") as made:
        yield made


def read(scratch: Scratch, given_rows: Sequence[Row]) -> None:
    """Put rows where the parser puts them."""
    scratch.clear()
    scratch.fill("sources", SOURCES)
    files = [(file, f"{file}.csv", False, str(file), 100) for _, file, *_ in SOURCES]
    scratch.fill("files", files)
    scratch.fill(
        "readings",
        [
            (
                row.source,
                FIRST + timedelta(seconds=row.second),
                {"value": row.value, "confidence": row.confidence},
            )
            for row in given_rows
        ],
    )


@given(rows, st.integers(1, 12), st.sets(st.tuples(st.sampled_from("abé"), st.integers(0, 1))))
@settings(max_examples=30, deadline=None)
def test_the_last_row_of_an_instant_stands(
    scratch: Scratch, given_rows: list[Row], most_rows: int, touched: set[tuple[str, int]]
) -> None:
    read(scratch, given_rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deduplication, "BYTES_TO_SORT_A_ROW", 64_000_000 // most_rows)
        deduplicate(scratch)

    people = {source: who for source, _, who, _ in SOURCES}
    of_files = {(row.source, row.second): row for row in given_rows}
    table = {(people[row.source], row.second): row for row in given_rows}
    values: dict[tuple[str, int], set[float]] = {}
    for row in given_rows:
        values.setdefault((people[row.source], row.second), set()).add(row.value)
    two_days = [FIRST.date(), FIRST.date() + timedelta(days=1)]

    assert conflicts(scratch) == sum(len(each) > 1 for each in values.values())
    assert {
        (day.name, day.participant_id, day.day, day.readings) for day in file_days(scratch)
    } == {
        (f"{source}.csv", people[source], day, count)
        for source in people
        for day in two_days
        if (
            count := sum(
                (FIRST + timedelta(seconds=second)).date() == day and of == source
                for of, second in of_files
            )
        )
    }
    mixed = any(
        of_files[0, second].value != of_files[1, second].value
        for second in range(5)
        if {(0, second), (1, second)} <= of_files.keys()
    )
    assert (mixed_participants(scratch) is not None) == mixed

    scratch.fill("selected_days", [(who, two_days[day]) for who, day in touched])
    select_readings(scratch)
    *_, deduplicated, below_floor, staged = row_counts(scratch, floor=two_days[1])
    assert deduplicated == len(table)
    days_of_table = [(FIRST + timedelta(seconds=second)).date() for _, second in table]
    assert below_floor == days_of_table.count(two_days[0])
    assert row_counts(scratch)[-2:] == (0, staged)
    expected = sorted(
        (who, second, row.value, row.confidence)
        for (who, second), row in table.items()
        if (who, two_days.index((FIRST + timedelta(seconds=second)).date())) in touched
    )
    assert staged == len(expected)
    assert delta(scratch) == expected


def row_counts(scratch: Scratch, floor: date | None = None) -> tuple[int, ...]:
    """The rows valid, rejected, kept of those, deduplicated, below the floor, staged."""
    (counts,) = scratch.rows(statement("compare/row_counts"), {"floor": floor})
    return tuple(counts)


def delta(scratch: Scratch) -> list[tuple[str, int, float, int | None]]:
    """(participant, second, value, confidence) in the order in which they come."""
    start = int(FIRST.replace(tzinfo=UTC).timestamp()) * 1_000_000
    return [
        (
            row["participant_id"],
            (row["timestamp_us"] - start) // 1000000,
            row["value"],
            row["confidence"],
        )
        for batch in readings(scratch)
        for row in batch.select(
            ["participant_id", "timestamp_us", "value", "confidence"]
        ).to_pylist()
    ]


LIMIT = "16MB"
"""For a million rows: less than a year of 31 million has by default, row by row."""


@pytest.mark.parametrize("order", ["n", "hash(n)", "n % 7, n"], ids=["ordered", "random", "weeks"])
def test_memory_does_not_grow_with_what_is_read(tmp_path: Path, order: str) -> None:
    with Scratch(tmp_path, "256MB") as scratch:
        scratch.fill("sources", [(0, 0, "me", "")])
        scratch.fill("files", [(0, "hr.csv", False, None, 100)])
        scratch.execute(
            "insert into readings"
            " select 0, timestamp '2024-01-01' + n * interval 1 second, measurement_of(60, null)"
            f" from (select unnest(range(1_000_000)) as n) order by {order}"
        )
        scratch.memory = bytes_of(LIMIT) or 0
        deduplicate(scratch)
        every_second = days(scratch)[::2]
        scratch.fill("selected_days", [(who, day) for who, day, *_ in every_second])
        select_readings(scratch)

        # It raises an error where it is out of order.
        arrived = sum(len(each) for each in by_participant(readings(scratch)))

        *_, deduplicated, _, staged = row_counts(scratch)
        assert arrived == staged == sum(count for *_, count, _ in every_second)
        assert deduplicated == 1_000_000
