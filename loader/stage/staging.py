"""Stage the delta, for dbt to merge or, on a first build and a full refresh, to swap in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.compare.selected_readings import Moved, MovedReading, StagedDay
from loader.database.lock_wait import DEFAULT_LOCK_WAIT, execute_patiently
from loader.errors import BrokenInvariantError
from loader.sql import columns, statement
from loader.stage.binary_copy import by_participant, rows
from loader.stage.bulk_load import DeltaWithin, fill_bulk_load_table
from loader.stage.copy_stream import copy

DELTA = sql.Identifier("staging", "heart_rate")

MOVED_AT_ONCE = 10_000
"""How many moved readings are sent with a statement."""

Progress = Callable[[int], None]
"""Called with the number of readings just sent, by several threads."""


def stage_delta(
    session: Connection,
    run_id: int,
    days: Sequence[StagedDay],
    delta: Iterable[pa.RecordBatch],
    moved: Moved,
    progress: Progress,
    lock_wait: float = DEFAULT_LOCK_WAIT,
) -> None:
    """Stage the delta in ``staging.heart_rate``, in the transaction that empties it.

    Args:
        days: what the delta holds, by participant and UTC day.
        delta: participant_id, timestamp_us (UTC), value (bpm), confidence, in strictly rising
            order of (participant, timestamp).
        moved: readings for the merge to delete.
        progress: called with the number of readings sent.
        lock_wait: how many seconds to wait for other sessions that read what is staged.

    Raises:
        BrokenInvariantError: another number of readings arrived in the database.
    """
    with session, session.cursor() as cursor:
        execute_patiently(cursor, statement("stage/empty_staging"), lock_wait)
        into = sql.SQL(statement("stage/copy_rows")).format(table=DELTA)
        arrived = copy(cursor, into, rows(by_participant(_counted(delta, progress))))
        # Truncating keeps the old delta's statistics, by which the new one would have no rows.
        cursor.execute(sql.SQL("analyze {}").format(DELTA))
        readings = iter(moved.readings)
        while some := list(islice(readings, MOVED_AT_ONCE)):
            cursor.execute(statement("stage/stage_moved_readings"), columns(MovedReading, some))
        # The marts recompute days on which readings are only deleted, too.
        _record_batch(cursor, run_id, [*days, *moved.days], arrived)


def stage_bulk_load(
    session: Connection,
    command: str,
    run_id: int,
    days: Sequence[StagedDay],
    delta_within: DeltaWithin,
    progress: Progress,
    columnstore_after: str | None = None,
) -> None:
    """Fill ``staging.heart_rate_bulk_load``, which dbt has just created and swaps in later.

    Several transactions fill it. It counts as staged once the last one has recorded the batch.

    Args:
        command: the name under which the database lists the sessions that fill it.
        days, progress: as in ``stage_delta``.
        delta_within: a part of the delta.
        columnstore_after: as in ``fill_bulk_load_table``.

    Raises:
        BrokenInvariantError: as in ``stage_delta``.
    """
    arrived = fill_bulk_load_table(
        session,
        command,
        days,
        lambda start, end: _counted(delta_within(start, end), progress),
        columnstore_after,
    )
    with session, session.cursor() as cursor:
        _record_batch(cursor, run_id, days, arrived)


def unstage(session: Connection, lock_wait: float = DEFAULT_LOCK_WAIT) -> None:
    """Empty staging, for example after a rebuild was refused."""
    with session, session.cursor() as cursor:
        execute_patiently(cursor, statement("stage/empty_staging"), lock_wait)


def _record_batch(cursor: Cursor, run_id: int, days: Sequence[StagedDay], arrived: int) -> None:
    """Record what is staged, once every reading has arrived."""
    expected = sum(day.readings for day in days)
    if arrived != expected:
        raise BrokenInvariantError(f"{expected} readings were to be staged but {arrived} are there")
    cursor.execute(statement("stage/record_batch"), (run_id, expected))
    _record_touched_days(cursor, days)
    cursor.execute(statement("stage/record_changed_days"), {"run_id": run_id})
    cursor.execute(statement("stage/touch_changed_limits"))


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
