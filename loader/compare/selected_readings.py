"""The delta's readings: the deduplicated readings of the selected days, in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from loader.read.scratch import Scratch, naive, utc
from loader.sql import statement

MEMORY_NEXT_TO_DBT = 24 * 10**6
"""Bytes for DuckDB while dbt, which needs about 100 MB, is in this process."""


@dataclass(frozen=True)
class StagedDay:
    """The delta's readings of one participant and UTC day."""

    participant_id: str
    day: date
    readings: int
    first_timestamp: datetime
    last_timestamp: datetime


@dataclass(frozen=True)
class MovedReading:
    """A reading to delete from the table, if its value and confidence are still these."""

    participant_id: str
    timestamp: datetime
    value: float
    confidence: int | None


@dataclass(frozen=True)
class Moved:
    """The readings to delete from the table.

    Attributes:
        days: the participant-days without staged readings.
        count: how many readings there are.
        readings: the readings, once.
    """

    days: list[StagedDay]
    count: int
    readings: Iterable[MovedReading]


NOTHING_MOVED = Moved([], 0, ())


def select_readings(scratch: Scratch) -> None:
    """Define the delta: the deduplicated readings of the selected days."""
    all_selected = scratch.value(statement("compare/are_all_days_selected"))
    if not all_selected:
        scratch.execute(statement("compare/selected_flags"))
    scratch.execute(statement("compare/delta_of_all_days" if all_selected else "compare/delta"))


def release_memory(scratch: Scratch) -> None:
    """Release DuckDB's memory before dbt starts in this process."""
    scratch.limit_memory(min(MEMORY_NEXT_TO_DBT, scratch.memory))


def readings(scratch: Scratch) -> Iterator[pa.RecordBatch]:
    """The delta in batches, in strictly ascending order of (participant, timestamp).

    The columns are participant_id, timestamp_us (UTC), value (bpm), confidence.
    """
    scratch.limit_memory_to_scan()
    yield from scratch.batches(statement("compare/delta_readings"))


def readings_between(scratch: Scratch, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
    """The delta from ``start`` to ``end`` (exclusive); several threads may call this."""
    bounds = {"start": naive(start), "end": naive(end)}
    yield from scratch.batches(statement("compare/delta_within"), bounds)


def staged_days(scratch: Scratch) -> list[StagedDay]:
    """The contents of the delta, by participant and UTC day."""
    return [
        StagedDay(who, day, count, utc(first), utc(last))
        for who, day, count, first, last in scratch.rows(statement("compare/staged_days"))
    ]


def add_moved_readings(scratch: Scratch, days: Sequence[tuple[str, date]]) -> None:
    """Add the readings that may be loaded at the other instant of a doubtful local time.

    Args:
        scratch: contains the delta.
        days: participant-days for which every file that ever had a reading was read.
    """
    scratch.fill("all_read_days", days)
    scratch.execute(statement("compare/add_moved_readings"))


def keep_moved_readings_from(scratch: Scratch, floor: date | None) -> None:
    """Leave out the readings before the floor: their days must not be recomputed from the rest."""
    if floor is not None:
        scratch.execute("delete from moved where timestamp < $floor", {"floor": floor})


def moved(scratch: Scratch) -> Moved:
    """The readings for the merge to delete."""
    days = scratch.rows(statement("compare/moved_days"))
    return Moved(
        [StagedDay(who, day, 0, utc(first), utc(last)) for who, day, first, last in days],
        scratch.value("select count(*) from moved"),
        (
            MovedReading(who, utc(instant), value, confidence)
            for who, instant, value, confidence in scratch.stream("from moved")
        ),
    )
