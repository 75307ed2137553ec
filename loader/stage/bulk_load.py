"""Fill ``staging.heart_rate_bulk_load``, the hypertable that dbt swaps in, chunk by chunk.

Each chunk is filled under its own name: looking up the chunk of every row would take a third of a
COPY's time, and the delta is in order. The check constraint of a chunk refuses rows outside of it.
A COPY keeps one core of the server busy, so two sessions fill the chunks, each a run of neighbours.
Their rows count as staged once ``staging.batch`` records all of them.

With the columnstore, a session fills one chunk after the other and compresses those with old
readings, each in the transaction that fills it. So only the chunks that the sessions are working
on, and the newest ones, take the space of rows.
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
from loader.database import query
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
rising order of (participant, timestamp); called by several threads."""


@dataclass(frozen=True)
class Chunk:
    """An empty chunk.

    Attributes:
        start, end: it is for the instants from ``start`` (inclusive) to ``end`` (exclusive), UTC.
        schema, name: of its table.
        is_old: it is compressed once it is filled.
        readings: about how many it is to get.
    """

    start: datetime
    end: datetime
    schema: str
    name: str
    is_old: bool
    readings: int

    @property
    def table(self) -> sql.Identifier:
        """Its name in a statement."""
        return sql.Identifier(self.schema, self.name)


def fill_bulk_load_table(
    session: Connection,
    command: str,
    days: Sequence[StagedDay],
    delta_within: DeltaWithin,
    columnstore_after: str | None = None,
) -> int:
    """Fill the hypertable that dbt has just created; returns how many rows arrived.

    Args:
        session: creates the chunks.
        command: the name under which the database lists the sessions that fill it.
        days: what the delta holds.
        columnstore_after: an interval; a chunk that ends so long before the delta's newest reading
            is compressed, if dbt has enabled that for the table. None: no chunk is.

    Raises:
        BaseException: what ended one of the sessions, or the caller; the other session stops.
    """
    chunks = _make_chunks(session, days, columnstore_after)
    cancelled = Event()

    def fill(share: Sequence[Chunk]) -> int:
        arrived = 0
        with connect_again(os.environ, command) as own:
            for part in _transactions(share):
                delta = _until(cancelled, delta_within(part[0].start, part[-1].end))
                with own, own.cursor() as cursor:
                    arrived += _fill_chunks(cursor, part, by_participant(delta))
                    _compress(cursor, part)
        return arrived

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


def _make_chunks(
    session: Connection, days: Sequence[StagedDay], columnstore_after: str | None
) -> list[Chunk]:
    """Create every chunk beforehand: only one transaction at a time can create chunks."""
    firsts, lasts = [day.first_timestamp for day in days], [day.last_timestamp for day in days]
    with session.cursor() as cursor:
        cursor.execute(statement("stage/make_chunks"), (firsts, lasts))
    age = {"newest": max(lasts, default=None), "columnstore_after": columnstore_after}
    found = query.rows(session, statement("stage/bulk_load_chunks"), age)
    starts = [start for start, *_ in found]
    readings = Counter[int]()
    for day in days:
        readings[bisect_right(starts, day.first_timestamp) - 1] += day.readings
    return [
        Chunk(start, end, schema, name, bool(is_old), readings[place])
        for place, (start, end, schema, name, is_old) in enumerate(found)
    ]


def _transactions(share: Sequence[Chunk]) -> list[Sequence[Chunk]]:
    """The chunks that are filled in one transaction: all, unless some are to be compressed.

    The delta is read once for each, in the order of participants.
    """
    return [[chunk] for chunk in share] if any(chunk.is_old for chunk in share) else [share]


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


def _compress(cursor: Cursor, chunks: Sequence[Chunk]) -> None:
    for chunk in chunks:
        if chunk.is_old:
            bound = {"schema": chunk.schema, "name": chunk.name}
            cursor.execute(statement("stage/compress_chunk"), bound)


def _chunk_of(chunks: Sequence[Chunk], instant: datetime) -> Chunk:
    chunk = chunks[bisect_right(chunks, instant, key=lambda chunk: chunk.start) - 1]
    if not chunk.start <= instant < chunk.end:
        raise BrokenInvariantError(
            f"no chunk of staging.heart_rate_bulk_load was made for {instant}"
        )
    return chunk


class _Ahead:
    """Readings whose next instant can be looked at before they are taken."""

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
