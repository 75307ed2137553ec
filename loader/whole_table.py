"""Fill ``staging.heart_rate_whole``, the hypertable that heart_rate takes over, chunk by chunk.

Each chunk is filled under its own name: TimescaleDB looks for the chunk of every row anew, which is
a third of a COPY's time, and the delta comes in order. The check constraint of a chunk refuses what
lies outside it.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from loader.binary_copy import POSTGRES_EPOCH, Readings
from loader.copy_stream import copy
from loader.errors import BrokenInvariantError
from loader.rows import rows
from loader.sql import statement

HYPERTABLE = sql.Identifier("staging", "heart_rate_whole")

NOTHING = Readings(b"", np.empty(0, np.int64), np.empty(0, np.float64), None)


@dataclass(frozen=True, order=True)
class Chunk:
    """A chunk; ``start`` (inclusive) and ``end`` are microseconds since Postgres' epoch (UTC)."""

    start: int
    end: int
    schema: str
    name: str


def fill_whole_table(cursor: Cursor, readings: Iterable[Readings]) -> int:
    """Fill the empty hypertable; returns how many rows arrived.

    Args:
        readings: in strictly rising order of (participant, timestamp).
    """
    ahead = _Ahead(iter(readings))
    chunks: list[Chunk] = []
    arrived = 0
    while (instant := ahead.instant()) is not None:
        chunk = _chunk_of(chunks, instant)
        if chunk is None:
            # A row put into the hypertable makes the chunk it belongs to.
            arrived += copy(cursor, _copy_into(HYPERTABLE), rows([ahead.take(1)]))
            chunk = _find_chunk(cursor, instant)
            insort(chunks, chunk)
        into = _copy_into(sql.Identifier(chunk.schema, chunk.name))
        arrived += copy(cursor, into, rows(ahead.take_within(chunk)))
    return arrived


class _Ahead:
    """Readings of which the next is known before it is taken."""

    def __init__(self, readings: Iterator[Readings]) -> None:
        self._readings = readings
        self._next = next(readings, NOTHING)

    def instant(self) -> int | None:
        """The next reading's; None at the end."""
        return int(self._next.instants[0]) if len(self._next) else None

    def take(self, count: int) -> Readings:
        """So many of the next readings, of one batch at most."""
        taken, self._next = self._next[:count], self._next[count:]
        if not len(self._next):
            self._next = next(self._readings, NOTHING)
        return taken

    def take_within(self, chunk: Chunk) -> Iterator[Readings]:
        """The next readings, of whomever, up to the first that lies outside the chunk."""
        while (instant := self.instant()) is not None and chunk.start <= instant < chunk.end:
            yield self.take(int(np.searchsorted(self._next.instants, chunk.end)))


def _chunk_of(chunks: list[Chunk], instant: int) -> Chunk | None:
    place = bisect_right(chunks, instant, key=lambda chunk: chunk.start) - 1
    return chunks[place] if place >= 0 and instant < chunks[place].end else None


def _find_chunk(cursor: Cursor, instant: int) -> Chunk:
    cursor.execute(
        statement("postgres/whole_table_chunk"),
        {"instant": POSTGRES_EPOCH + timedelta(microseconds=instant)},
    )
    found = cursor.fetchone()
    if found is None:
        raise BrokenInvariantError(
            "a row made no chunk of staging.heart_rate_whole", "this is a bug in the loader"
        )
    schema, name, start, end = found
    return Chunk(_microseconds(start), _microseconds(end), schema, name)


def _microseconds(instant: datetime) -> int:
    return (instant - POSTGRES_EPOCH) // timedelta(microseconds=1)


def _copy_into(table: sql.Identifier) -> sql.Composable:
    return sql.SQL(statement("postgres/copy_rows")).format(table=table)
