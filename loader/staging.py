"""Stage the delta, for dbt to merge or, of a first build and a full refresh, to take over."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence

import psycopg2
import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.errors import BrokenInvariantError
from loader.packing import pack
from loader.rows import rows
from loader.scratch import StagedDay
from loader.sql import statement

CHUNK = 1 << 20
"""Bytes handed to libpq at a time."""


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
        arrived = fill(cursor, _counted(delta, progress))
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


def _fill_packs(cursor: Cursor, delta: Iterable[pa.RecordBatch]) -> int:
    cursor.execute(statement("postgres/empty_staging"))
    _copy(cursor, "postgres/copy_packs", pack(delta))
    cursor.execute(statement("postgres/packed_readings"))
    (readings,) = cursor.fetchone() or (0,)
    return int(readings)


def _fill_whole_table(cursor: Cursor, delta: Iterable[pa.RecordBatch]) -> int:
    cursor.execute(statement("postgres/empty_staging_whole"))
    _copy(cursor, "postgres/copy_rows", rows(delta))
    return cursor.rowcount


def _copy(cursor: Cursor, copy: str, chunks: Iterator[bytes]) -> None:
    stream = ReadableChunks(chunks)
    try:
        cursor.copy_expert(statement(copy), stream, CHUNK)
    except psycopg2.Error as error:
        # psycopg2 turns an error of ours in read(), Ctrl-C too, into one of the server's.
        raise stream.failure or error from error


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


class ReadableChunks(io.RawIOBase):
    """Chunks of bytes as the readable file that ``copy_expert`` asks for.

    Attributes:
        failure: what a chunk failed with, which psycopg2 tells otherwise.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            chunk = self._next_chunk()
            if chunk is None:
                return b""
            self._rest = memoryview(chunk)
        taken = self._rest[: size if size > 0 else None]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)

    def _next_chunk(self) -> bytes | None:
        try:
            return next(self._chunks, None)
        except BaseException as error:
            self.failure = error
            raise
