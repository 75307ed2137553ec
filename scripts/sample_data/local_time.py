"""A wearer's local days, from one local midnight to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from scripts.sample_data.signal import DAY, HOUR, DayReadings, Seconds

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class LocalDay:
    """One participant's readings of one local day of 23 to 25 hours, in chronological order.

    Attributes:
        day: the local date.
        zone: the wearer's time zone.
        utc: the same readings in UTC, one part for each UTC day that the local day overlaps.
    """

    day: date
    zone: ZoneInfo
    utc: tuple[DayReadings, ...]

    @property
    def rows(self) -> int:
        """The number of readings in the day."""
        return sum(len(part.seconds) for part in self.utc)

    def instants(self) -> Seconds:
        """Seconds since 1970-01-01 00:00 UTC."""
        return np.concatenate([part.seconds + _midnight(part.day) for part in self.utc])

    def wall_clock(self) -> DayReadings:
        """The readings in local time: an hour repeats in autumn and is skipped in spring."""
        first, *_ = parts = self.utc
        local = self.instants() + _offsets(self.zone, self.instants()) - _midnight(self.day)
        certain = [part.confidence for part in parts if part.confidence is not None]
        return DayReadings(
            first.participant,
            self.day,
            local,
            np.concatenate([part.bpm for part in parts]),
            np.concatenate(certain) if certain else None,
        )


def local_days(
    recorded: Callable[[date], DayReadings], zone: ZoneInfo, start: date, count: int
) -> Iterator[LocalDay]:
    """`count` local days from `start`; `recorded` gives the readings of a UTC day."""
    utc_day = lru_cache(maxsize=4)(recorded)
    for offset in range(count):
        day = start + timedelta(days=offset)
        begin, end = _local_midnight(day, zone), _local_midnight(day + timedelta(days=1), zone)
        overlapping = range(begin // DAY, (end - 1) // DAY + 1)
        parts = (_between(utc_day(EPOCH + timedelta(days=n)), begin, end) for n in overlapping)
        yield LocalDay(day, zone, tuple(parts))


def _between(readings: DayReadings, begin: int, end: int) -> DayReadings:
    """The readings of a UTC day from instant `begin` (inclusive) to `end` (exclusive)."""
    midnight = _midnight(readings.day)
    first, last = np.searchsorted(readings.seconds, (begin - midnight, end - midnight))
    kept = slice(first, last)
    confidence = readings.confidence
    return DayReadings(
        readings.participant,
        readings.day,
        readings.seconds[kept],
        readings.bpm[kept],
        None if confidence is None else confidence[kept],
    )


def _midnight(day: date) -> int:
    return (day - EPOCH).days * DAY


def _local_midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def _offsets(zone: ZoneInfo, instants: Seconds) -> Seconds:
    """The zone's offset from UTC in seconds at each instant; `instants` are ascending."""
    if not len(instants):
        return instants
    since, ahead = [int(instants[0])], [_ahead(zone, int(instants[0]))]
    for probe in range(since[0], int(instants[-1]) + HOUR, HOUR):
        if _ahead(zone, probe) != ahead[-1]:
            since.append(_change(zone, probe - HOUR, probe))
            ahead.append(_ahead(zone, probe))
    return np.array(ahead)[np.searchsorted(since, instants, side="right") - 1]


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first instant after `before`, up to `after`, that has the offset of `after`."""
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(zone, middle) == _ahead(zone, after):
            after = middle
        else:
            before = middle
    return after


def _ahead(zone: ZoneInfo, instant: int) -> int:
    ahead = datetime.fromtimestamp(instant, zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())
