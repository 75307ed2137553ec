"""The whole history of a participant, packed so that a page of it can be mailed.

A level has a mean, a lowest and a highest heart rate for each day, hour or minute of the
participant's clock. The page shows the finest level that fits the screen, so it needs all days and
hours, but only as many minutes as fit the file.
"""

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from psycopg2.extensions import cursor as Cursor

from scripts.report.queries import rows_of

DAY, HOUR, MINUTE = 1440, 60, 1
"""The lengths of the levels' steps, in minutes."""

MOST_OF_MINUTES = 3_300_000
"""How many letters of the page the minutes may take: about five years of them."""


@dataclass(frozen=True)
class Piece:
    """A part of a level that the page unpacks at once.

    Attributes:
        begin: its first step, on the participant's clock.
        packed: zlib, in base64, of three planes of a byte per step: the difference of the mean
            from that of the step before (modulo 256), mean − lowest, and highest − mean, in bpm.
            A mean of 0 is a step without readings. Differences compress to two thirds.
    """

    begin: datetime
    packed: str


@dataclass(frozen=True)
class Level:
    """Pieces of steps of equal length, in the order of time."""

    minutes: int
    pieces: list[Piece]


def read_history(cursor: Cursor, person: Any, days: list[Any]) -> list[Level]:
    """Read the levels of a participant with these days, the coarsest first."""
    first, last = days[0].day, days[-1].day
    begin = datetime.combine(first, time())
    until = datetime.combine(last, time()) + timedelta(days=1)
    first_hour = _first_hour(begin, person.time_zone)
    return [
        Level(DAY, _pieces(cursor, person, "history_days", begin, until, DAY)),
        Level(HOUR, _pieces(cursor, person, "history_steps", first_hour, until, HOUR)),
        Level(MINUTE, _newest_minutes(cursor, person, first, last)),
    ]


def _first_hour(midnight: datetime, zone: str) -> datetime:
    """The start of the UTC hour at midnight: in India the hours of the mart begin at half past."""
    offset = midnight.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    return midnight - (-offset % timedelta(hours=1))


def _newest_minutes(cursor: Cursor, person: Any, first: date, last: date) -> list[Piece]:
    """Months of minutes, as many of the newest as fit; read one by one to keep memory flat."""
    pieces: list[Piece] = []
    letters = 0
    for begin, until in _months_backwards(first, last):
        months = _pieces(cursor, person, "history_steps", begin, until, MINUTE)
        letters += sum(len(piece.packed) for piece in months)
        if letters > MOST_OF_MINUTES:
            break
        pieces = months + pieces
    return pieces


def _months_backwards(first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    month = datetime(last.year, last.month, 1)
    until = (month + timedelta(days=31)).replace(day=1)
    while until.date() > first:
        yield month, until
        month, until = (month - timedelta(days=1)).replace(day=1), month


def _pieces(
    cursor: Cursor, person: Any, query: str, begin: datetime, until: datetime, minutes: int
) -> list[Piece]:
    """The steps of a query as one piece, or none without readings."""
    (row,) = rows_of(cursor, query, person, begin=begin, until=until, minutes=minutes)
    if row.steps is None:
        return []
    steps = np.frombuffer(row.steps, ">i4")
    means, lowest, highest = (
        np.clip(np.frombuffer(column, ">i2"), 1, 255)
        for column in (row.means, row.lowest, row.highest)
    )
    planes = np.zeros((3, steps[-1] + 1), np.uint8)
    planes[:, steps] = means, means - lowest, highest - means
    planes[0] = np.diff(planes[0], prepend=np.uint8(0))
    return [Piece(begin, _packed(planes.tobytes()))]


def _packed(content: bytes) -> str:
    # In noise, the search for repetitions finds nothing but takes 40 times as long.
    deflate = zlib.compressobj(9, strategy=zlib.Z_RLE)
    return base64.b64encode(deflate.compress(content) + deflate.flush()).decode("ascii")
