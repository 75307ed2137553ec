"""Stage the delta: empty ``staging.heart_rate`` and fill it with this run's readings."""

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import psycopg2
import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.errors import BrokenInvariantError
from loader.packing import pack
from loader.sql import statement

CHUNK = 1 << 20
"""Bytes handed to libpq at a time."""


def stage(
    session: Connection,
    run_id: int,
    batches: Iterable[pa.RecordBatch],
    expected: int,
    progress: Callable[[int], None],
) -> tuple[datetime, datetime]:
    """Replace what is staged, in one transaction; returns the first and the last instant.

    Args:
        batches: participant_id, timestamp_us (UTC), value (bpm), confidence, in strictly rising
            order of (participant, timestamp).
        expected: how many readings they hold.
        progress: told of the readings sent.

    Raises:
        BrokenInvariantError: another number of readings arrived in the database.
    """
    with session, session.cursor() as cursor:
        cursor.execute(statement("postgres/empty_staging"))
        stream = ReadableChunks(pack(_counted(batches, progress)))
        _copy(cursor, stream)
        cursor.execute(statement("postgres/record_batch"), (run_id, expected))
        cursor.execute(statement("postgres/staged_range"))
        first, last, readings = cursor.fetchone() or (None, None, 0)
        if readings != expected:
            raise BrokenInvariantError(
                f"{expected} readings were to be staged but {readings} are there",
                "this is a bug in the loader",
            )
        return first, last


def _copy(cursor: Cursor, stream: "ReadableChunks") -> None:
    try:
        cursor.copy_expert(statement("postgres/copy_packs"), stream, CHUNK)
    except psycopg2.Error as error:
        # psycopg2 turns an error of ours in read(), Ctrl-C too, into one of the server's.
        raise stream.failure or error from error


def _counted(
    batches: Iterable[pa.RecordBatch], progress: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        progress(batch.num_rows)


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
