"""Fill ``staging.heart_rate_bulk_load``, the hypertable that dbt swaps in, chunk by chunk.

Each chunk is filled under its own name: to look up the chunk of every row would take a third of a
COPY's time, and the delta comes in order. The check constraint of a chunk refuses what lies outside
it. A COPY keeps one core of the server busy, so two sessions fill neighbouring chunks each. What
they commit counts as staged once ``staging.batch`` records all of it.
"""

import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

import numpy as np
import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.compare.selected_readings import StagedDay
from loader.database.session import connect_again
from loader.errors import BrokenInvariantError
from loader.sql import statement
from loader.stage.binary_copy import POSTGRES_EPOCH, Readings, by_participant, rows
from loader.stage.copy_stream import copy

SESSIONS = 2
"""How many sessions fill the table at the same time; each has its batches in memory."""

MICROSECOND = timedelta(microseconds=1)

NOTHING = Readings(b"", np.empty(0, np.int64), np.empty(0, np.float64), None)

DeltaWithin = Callable[[datetime, datetime], Iterable[pa.RecordBatch]]
"""The part of the delta from one instant (inclusive) to another (exclusive), UTC, in strictly
rising order of (participant, timestamp); asked for by several threads."""


@dataclass(frozen=True)
class Chunk:
    """An empty chunk.

    Attributes:
        start, end: it is for the instants from ``start`` (inclusive) to ``end`` (exclusive), UTC.
        table: its name.
        readings: about how many it is to get.
    """

    start: datetime
    end: datetime
    table: sql.Identifier
    readings: int


def fill_bulk_load_table(
    session: Connection, command: str, days: Sequence[StagedDay], delta_within: DeltaWithin
) -> int:
    """Fill the hypertable that dbt has just created; returns how many rows arrived.

    Args:
        session: creates the chunks.
        command: the name under which the database lists the sessions that fill it.
        days: what the delta holds.

    Raises:
        BaseException: what ended one of the sessions, or the caller; the other session stops.
    """
    with session.cursor() as cursor:
        chunks = _make_chunks(cursor, days)
    cancelled = Event()

    def fill(share: Sequence[Chunk]) -> int:
        delta = _until(cancelled, delta_within(share[0].start, share[-1].end))
        with connect_again(os.environ, command) as own, own, own.cursor() as cursor:
            return _fill_chunks(cursor, share, by_participant(delta))

    with ThreadPoolExecutor(max_workers=SESSIONS) as filling:
        try:
            shares = [filling.submit(fill, share) for share in share_out(chunks, SESSIONS)]
            return sum(filled.result() for filled in as_completed(shares))
        finally:
            cancelled.set()


def share_out(chunks: Sequence[Chunk], sessions: int) -> list[list[Chunk]]:
    """Split chunks into runs of neighbours with about as many readings, at most one a session."""
    total = sum(chunk.readings for chunk in chunks)
    shares: list[list[Chunk]] = [[] for _ in range(sessions)]
    before = 0
    for chunk in chunks:
        middle = before + chunk.readings / 2
        shares[min(int(middle / total * sessions), sessions - 1)].append(chunk)
        before += chunk.readings
    return [share for share in shares if share]


def _make_chunks(cursor: Cursor, days: Sequence[StagedDay]) -> list[Chunk]:
    """Create every chunk beforehand: only one transaction at a time can create chunks."""
    firsts, lasts = [day.first_timestamp for day in days], [day.last_timestamp for day in days]
    cursor.execute(statement("stage/make_chunks"), (firsts, lasts))
    cursor.execute(statement("stage/bulk_load_chunks"))
    found = cursor.fetchall()
    starts = [start for start, *_ in found]
    readings = Counter[int]()
    for day in days:
        readings[bisect_right(starts, day.first_timestamp) - 1] += day.readings
    return [
        Chunk(start, end, sql.Identifier(schema, name), readings[place])
        for place, (start, end, schema, name) in enumerate(found)
    ]


def _fill_chunks(cursor: Cursor, chunks: Sequence[Chunk], readings: Iterator[Readings]) -> int:
    names = sql.SQL(", ").join(chunk.table for chunk in chunks)
    cursor.execute(sql.SQL(statement("stage/empty_chunks")).format(chunks=names))
    ahead = _Ahead(readings)
    arrived = 0
    while (instant := ahead.instant()) is not None:
        chunk = _chunk_of(chunks, instant)
        into = sql.SQL(statement("stage/copy_rows")).format(table=chunk.table)
        arrived += copy(cursor, into, rows(ahead.take_within(chunk)))
    return arrived


def _chunk_of(chunks: Sequence[Chunk], instant: datetime) -> Chunk:
    chunk = chunks[bisect_right(chunks, instant, key=lambda chunk: chunk.start) - 1]
    if not chunk.start <= instant < chunk.end:
        raise BrokenInvariantError(
            f"no chunk of staging.heart_rate_bulk_load was made for {instant}",
            "this is a bug in the loader",
        )
    return chunk


class _Ahead:
    """Readings of which the next is known before it is taken."""

    def __init__(self, readings: Iterator[Readings]) -> None:
        self._readings = readings
        self._next = next(readings, NOTHING)

    def instant(self) -> datetime | None:
        """The next reading's; None at the end."""
        if not len(self._next):
            return None
        return POSTGRES_EPOCH + int(self._next.instants[0]) * MICROSECOND

    def take_within(self, chunk: Chunk) -> Iterator[Readings]:
        """The next readings, for any participant, up to the first that lies outside the chunk."""
        end = (chunk.end - POSTGRES_EPOCH) // MICROSECOND
        while (instant := self.instant()) is not None and chunk.start <= instant < chunk.end:
            yield self._take(int(np.searchsorted(self._next.instants, end)))

    def _take(self, count: int) -> Readings:
        taken, self._next = self._next[:count], self._next[count:]
        if not len(self._next):
            self._next = next(self._readings, NOTHING)
        return taken


def _until(cancelled: Event, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if cancelled.is_set():
            raise InterruptedError("cancelled: the consumer has stopped")
        yield batch
