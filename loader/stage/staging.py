"""Stage the delta, for dbt to merge or, of a first build and a full refresh, to take over."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.compare.selected_readings import MovedReading, StagedDay
from loader.database.lock_wait import DEFAULT_LOCK_WAIT, execute_patiently
from loader.errors import BrokenInvariantError
from loader.sql import statement
from loader.stage.binary_copy import by_participant
from loader.stage.copy_stream import copy
from loader.stage.packing import pack
from loader.stage.whole_table import DeltaWithin, fill_whole_table

Progress = Callable[[int], None]
"""Told of as many readings as were just sent, by several threads."""


def stage_packs(
    session: Connection,
    run_id: int,
    days: Sequence[StagedDay],
    delta: Iterable[pa.RecordBatch],
    moved: Sequence[MovedReading],
    progress: Progress,
    lock_wait: float = DEFAULT_LOCK_WAIT,
) -> None:
    """Stage packs, for dbt to merge; one transaction replaces what was staged.

    Args:
        days: what the delta holds, by participant and UTC day.
        delta: participant_id, timestamp_us (UTC), value (bpm), confidence, in strictly rising
            order of (participant, timestamp).
        moved: readings for the merge to delete.
        progress: told of the readings sent.
        lock_wait: how many seconds to wait for somebody who reads what is staged.

    Raises:
        BrokenInvariantError: another number of readings arrived in the database.
    """
    with session, session.cursor() as cursor:
        execute_patiently(cursor, statement("stage/empty_staging"), lock_wait)
        packs = pack(by_participant(_counted(delta, progress)))
        copy(cursor, statement("stage/copy_packs"), packs)
        cursor.execute(statement("stage/packed_readings"))
        (arrived,) = cursor.fetchone() or (0,)
        _stage_moved_readings(cursor, moved)
        _vouch(cursor, run_id, [*days, *_only_moved(days, moved)], int(arrived), whole=False)


def stage_whole_table(
    session: Connection,
    command: str,
    run_id: int,
    days: Sequence[StagedDay],
    delta_within: DeltaWithin,
    progress: Progress,
) -> None:
    """Stage rows of ``staging.heart_rate_whole``, which dbt has just made and takes over.

    Several transactions fill it, and nothing counts until the last one vouches for all of it.

    Args:
        command: whose sessions those that fill are.
        days, progress: as of ``stage_packs``.
        delta_within: a part of the delta.

    Raises:
        BrokenInvariantError: as ``stage_packs``.
    """
    arrived = fill_whole_table(
        session, command, days, lambda start, end: _counted(delta_within(start, end), progress)
    )
    with session, session.cursor() as cursor:
        _vouch(cursor, run_id, days, arrived, whole=True)


def unstage(session: Connection, lock_wait: float = DEFAULT_LOCK_WAIT) -> None:
    """Empty what is staged, of a rebuild that was refused or of a run before this one."""
    with session, session.cursor() as cursor:
        execute_patiently(cursor, statement("stage/empty_staging"), lock_wait)


def _stage_moved_readings(cursor: Cursor, moved: Sequence[MovedReading]) -> None:
    cursor.execute(
        statement("stage/stage_moved_readings"),
        (
            [reading.participant_id for reading in moved],
            [reading.timestamp for reading in moved],
            [reading.value for reading in moved],
            [reading.confidence for reading in moved],
        ),
    )


def _only_moved(days: Sequence[StagedDay], moved: Sequence[MovedReading]) -> list[StagedDay]:
    """Days on which readings are only deleted: the marts recompute them, too."""
    staged = {(day.participant_id, day.day) for day in days}
    found = {
        (reading.participant_id, reading.timestamp.date()): reading.timestamp for reading in moved
    }
    return [
        StagedDay(who, day, 0, instant, instant)
        for (who, day), instant in found.items()
        if (who, day) not in staged
    ]


def _vouch(
    cursor: Cursor, run_id: int, days: Sequence[StagedDay], arrived: int, *, whole: bool
) -> None:
    """Say what is staged, if it is as many readings as were to be."""
    expected = sum(day.readings for day in days)
    if arrived != expected:
        raise BrokenInvariantError(
            f"{expected} readings were to be staged but {arrived} are there",
            "this is a bug in the loader",
        )
    cursor.execute(statement("stage/record_batch"), (run_id, expected, whole))
    _record_touched_days(cursor, days)


def _counted(batches: Iterable[pa.RecordBatch], progress: Progress) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        progress(batch.num_rows)


def _record_touched_days(cursor: Cursor, days: Sequence[StagedDay]) -> None:
    cursor.execute(
        statement("stage/record_touched_days"),
        (
            [day.participant_id for day in days],
            [day.day for day in days],
            [day.readings for day in days],
            [day.last_timestamp for day in days],
        ),
    )
