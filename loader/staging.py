"""Stage the delta, for dbt to merge or, of a first build and a full refresh, to take over."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.binary_copy import Readings, by_participant
from loader.copy_stream import copy
from loader.errors import BrokenInvariantError
from loader.packing import pack
from loader.scratch import StagedDay
from loader.sql import statement
from loader.whole_table import fill_whole_table


def stage(
    session: Connection,
    run_id: int,
    delta: Iterable[pa.RecordBatch],
    days: Sequence[StagedDay],
    progress: Callable[[int], None],
    *,
    whole: bool,
) -> None:
    """Replace what is staged, in one transaction.

    Args:
        delta: participant_id, timestamp_us (UTC), value (bpm), confidence, in strictly rising
            order of (participant, timestamp).
        days: what it holds, by participant and UTC day.
        progress: told of the readings sent.
        whole: as rows of ``staging.heart_rate_whole``, an empty hypertable that dbt has just made
            and that ``heart_rate`` becomes, and not as packs, which dbt merges.

    Raises:
        BrokenInvariantError: another number of readings arrived in the database.
    """
    expected = sum(day.readings for day in days)
    fill = _fill_whole_table if whole else _fill_packs
    with session, session.cursor() as cursor:
        arrived = fill(cursor, by_participant(_counted(delta, progress)))
        if arrived != expected:
            raise BrokenInvariantError(
                f"{expected} readings were to be staged but {arrived} are there",
                "this is a bug in the loader",
            )
        cursor.execute(statement("postgres/record_batch"), (run_id, expected, whole))
        _record_touched_days(cursor, days)


def unstage(session: Connection) -> None:
    """Empty what is staged: a rebuild that was refused need not keep the disk full."""
    with session, session.cursor() as cursor:
        cursor.execute(statement("postgres/empty_staging"))


def _fill_packs(cursor: Cursor, readings: Iterable[Readings]) -> int:
    cursor.execute(statement("postgres/empty_staging"))
    copy(cursor, statement("postgres/copy_packs"), pack(readings))
    cursor.execute(statement("postgres/packed_readings"))
    (arrived,) = cursor.fetchone() or (0,)
    return int(arrived)


def _fill_whole_table(cursor: Cursor, readings: Iterable[Readings]) -> int:
    cursor.execute(statement("postgres/empty_staging_whole"))
    return fill_whole_table(cursor, readings)


def _counted(
    batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        progress(batch.num_rows)


def _record_touched_days(cursor: Cursor, days: Sequence[StagedDay]) -> None:
    cursor.execute(
        statement("postgres/record_touched_days"),
        (
            [day.participant_id for day in days],
            [day.day for day in days],
            [day.readings for day in days],
            [day.last_timestamp for day in days],
        ),
    )
