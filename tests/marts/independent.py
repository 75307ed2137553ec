"""The marts from a list of readings, with NumPy: nothing of this was derived from the models' SQL.

The definitions and their sources are those of docs/marts.md. Instants are UTC; days and times of
day are those of the person's clock.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tests.marts.study import Person, Reading

MINUTE = timedelta(minutes=1)
RESTING_MINUTES = 30
LONGEST_HOLD = 60.0
ZONES = ("moderate", "vigorous", "peak")
RESERVE, MAXIMUM = (0.4, 0.6, 0.85), (0.5, 0.7, 0.85)
HOURS = (8, 10, 12, 16, 20)


@dataclass(frozen=True)
class Minute:
    """The readings of one covered minute; ``start`` is its first instant."""

    start: datetime
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)


@dataclass(frozen=True)
class Day:
    """One person's local day: its covered minutes and all its readings, in order."""

    date: date
    zone: ZoneInfo
    minutes: tuple[Minute, ...]
    readings: tuple[Reading, ...]

    @cached_property
    def means(self) -> NDArray[np.float64]:
        return np.array([minute.mean for minute in self.minutes])

    @property
    def clock(self) -> list[time]:
        return [minute.start.astimezone(self.zone).time() for minute in self.minutes]


Row = dict[str, object]


def counts(reading: Reading) -> bool:
    """Whether a reading counts in the marts: without a confidence, or with one above 0."""
    return reading.confidence is None or reading.confidence >= 1


def covered_minutes(readings: Iterable[Reading]) -> list[Minute]:
    """The covered minutes of one person's readings, in order."""
    values: dict[datetime, list[float]] = defaultdict(list)
    for reading in readings:
        if counts(reading):
            values[reading.instant.replace(second=0, microsecond=0)].append(reading.bpm)
    return [Minute(start, tuple(values[start])) for start in sorted(values)]


def days_of(readings: Sequence[Reading], zone: ZoneInfo) -> list[Day]:
    """The local days of one person that have a reading that counts."""
    by_date: dict[date, list[Reading]] = defaultdict(list)
    for reading in sorted(readings, key=lambda one: one.instant):
        by_date[reading.instant.astimezone(zone).date()].append(reading)
    days = [
        Day(day, zone, tuple(covered_minutes(of_day)), tuple(of_day))
        for day, of_day in sorted(by_date.items())
    ]
    return [day for day in days if day.minutes]


def level(minutes: Sequence[Minute]) -> Row:
    """Level and spread over minutes, and the mean over readings."""
    means = np.array([minute.mean for minute in minutes])
    values = [value for minute in minutes for value in minute.values]
    return {
        "readings": len(values),
        "minutes_covered": len(minutes),
        "mean_bpm": float(means.mean()),
        "sd_bpm": float(means.std(ddof=1)) if len(means) > 1 else None,
        "mean_of_readings_bpm": math.fsum(values) / len(values),
        "min_bpm": min(values),
        "max_bpm": max(values),
    }


def hours_of(readings: Sequence[Reading]) -> dict[datetime, Row]:
    """``heart_rate_hour`` of one person."""
    hours: dict[datetime, list[Minute]] = defaultdict(list)
    for minute in covered_minutes(readings):
        hours[minute.start.replace(minute=0)].append(minute)
    return {hour: level(minutes) for hour, minutes in hours.items()}


def resting(day: Day) -> Row:
    """The lowest mean of half an hour of covered minutes, and where it first occurs."""
    starts = [minute.start for minute in day.minutes]
    windows = [
        (round(math.fsum(day.means[first : first + RESTING_MINUTES]), 6), starts[first])
        for first in range(len(starts) - RESTING_MINUTES + 1)
        if starts[first + RESTING_MINUTES - 1] - starts[first] == (RESTING_MINUTES - 1) * MINUTE
    ]
    total, start = min(windows, default=(None, None))
    return {
        "resting_bpm": None if total is None else total / RESTING_MINUTES,
        "resting_start": start,
    }


def night(day: Day) -> Row:
    """The covered minutes from 03:00 to 07:00."""
    clock = zip(day.clock, day.means, strict=True)
    means = [mean for at, mean in clock if time(3) <= at < time(7)]
    return {
        "night_minutes": len(means),
        "night_mean_bpm": float(np.mean(means)) if means else None,
    }


Limits = Mapping[tuple[str, date], Sequence[float]]
"""Where moderate, vigorous and peak begin, by participant and local day."""


def zones(
    day: Day, person: Person, rests: Sequence[float], shares: Sequence[float], own: Limits
) -> Row:
    """The limits of the zones and the minutes in them.

    Args:
        rests: the resting heart rates of 28 days; empty for shares of the maximum alone.
        own: the wearers' own limits, which count before any shares.
    """
    limits = own.get((person.participant, day.date))
    if limits is not None:
        return minutes_in_zones(day, limits, "own limits")
    unknown: Row = {"zone_source": None, "active_zone_minutes": None, "minutes_light": None}
    for name in ZONES:
        unknown |= {f"{name}_from_bpm": None, f"minutes_{name}": None}
    if person.birth_year is None or (shares is RESERVE and not rests):
        return unknown
    maximum = 220 - (day.date.year - person.birth_year)
    rest = float(np.median(rests)) if shares is RESERVE else 0.0
    if maximum <= rest:
        return unknown
    limits = [round(rest + share * (maximum - rest), 6) for share in shares]
    rule = "reserve" if shares is RESERVE else "maximum"
    return minutes_in_zones(day, limits, f"estimate by {rule}")


def minutes_in_zones(day: Day, limits: Sequence[float], source: str) -> Row:
    """The minutes in the zones that begin at these limits."""
    light, *above = np.bincount(np.searchsorted(limits, day.means, side="right"), minlength=4)
    found: Row = {
        "zone_source": source,
        "minutes_light": int(light),
        "active_zone_minutes": int(above[0] + 2 * (above[1] + above[2])),
    }
    for name, limit, minutes in zip(ZONES, limits, above, strict=True):
        found |= {f"{name}_from_bpm": limit, f"minutes_{name}": int(minutes)}
    return found


def cosinor(day: Day) -> Row:
    """The 24-hour cosine of least squares; nulls unless the day is valid."""
    names = ("mesor_bpm", "amplitude_bpm", "acrophase_hours", "cosinor_r2")
    if len(day.minutes) < 600:
        return dict.fromkeys(names)
    hours = np.array([at.hour + at.minute / 60 for at in day.clock])
    angle = 2 * np.pi * hours / 24
    design = np.column_stack([np.ones_like(angle), np.cos(angle), np.sin(angle)])
    (mesor, cosine, sine), *_ = np.linalg.lstsq(design, day.means, rcond=None)
    residuals = day.means - design @ np.array([mesor, cosine, sine])
    total = np.square(day.means - day.means.mean()).sum()
    values = (
        float(mesor),
        float(np.hypot(cosine, sine)),
        float(np.arctan2(sine, cosine) * 12 / np.pi % 24) if total > 1e-9 else None,
        float(1 - np.square(residuals).sum() / total) if total > 1e-9 else None,
    )
    return dict(zip(names, values, strict=True))


def sampling(day: Day) -> Row:
    """How often the device wrote, and how many readings are without a signal."""
    numbers = np.array([len(minute.values) for minute in day.minutes])
    known = [one.confidence for one in day.readings if one.confidence is not None]
    return {
        "sampling_seconds": float(60 / np.median(numbers)),
        "share_at_1_s": float((numbers >= 50).mean()),
        "share_confidence_0": known.count(0) / len(known) if known else None,
    }


def stuck(day: Day) -> int:
    """The longest run of adjacent minutes with the same mean."""
    longest = run = 1
    for before, after in zip(day.minutes, day.minutes[1:], strict=False):
        same = after.start - before.start == MINUTE and after.mean == before.mean
        run = run + 1 if same else 1
        longest = max(longest, run)
    return longest


def day_rows(
    readings: Sequence[Reading],
    person: Person,
    shares: Sequence[float] = RESERVE,
    own: Limits = MappingProxyType({}),
    device_of: Callable[[Reading], str] = lambda _: "",
) -> dict[date, Row]:
    """``heart_rate_day`` of one person, without its keys.

    Args:
        device_of: the device that a file names for a reading; "" for none.
    """
    days = days_of(readings, ZoneInfo(person.time_zone or "UTC"))
    rests = {day.date: resting(day)["resting_bpm"] for day in days}
    rows = {}
    for day in days:
        known = [
            float(str(rests[earlier]))
            for earlier in (day.date - timedelta(days=back) for back in range(28))
            if rests.get(earlier) is not None
        ]
        p05, p50, p95 = np.percentile(day.means, [5, 50, 95])
        rows[day.date] = {
            **level(day.minutes),
            "hours_worn": len(day.minutes) / 60,
            "p05_bpm": float(p05),
            "p50_bpm": float(p50),
            "p95_bpm": float(p95),
            **resting(day),
            **night(day),
            **zones(day, person, known, shares, own),
            **cosinor(day),
            **sampling(day),
            "stuck_minutes": stuck(day),
            "devices": len({device_of(reading) for reading in day.readings} - {""}) or None,
            "is_valid_day": len(day.minutes) >= 600,
        }
    return rows


def yield_rows(readings: Sequence[Reading], person: Person) -> dict[date, Row]:
    """``heart_rate_yield`` of one person, whose enrolment lies in the past."""
    zone = ZoneInfo(person.time_zone or "UTC")
    days = {day.date: day for day in days_of(readings, zone)}
    first = person.enrolled_on or min(days)
    last = person.ended_on or max(days)
    rows: dict[date, Row] = {}
    for offset in range((last - first).days + 1):
        today = first + timedelta(days=offset)
        last_worn = max((day for day in days if day <= today), default=None)
        rows[today] = _yield_of(days.get(today), _length(today, zone)) | {
            "days_since_last_reading": (today - last_worn).days if last_worn else None
        }
    return rows


def _yield_of(day: Day | None, length: int) -> Row:
    by_hour = np.bincount([at.hour for at in day.clock], minlength=24) if day else np.zeros(24)
    covered = int(by_hour.sum())
    valid_hours = int((by_hour > 30).sum())
    complete = "".join("x" if minutes >= 60 else " " for minutes in by_hour).split()
    return {
        "minutes_covered": covered,
        "minutes_by_hour": [int(minutes) for minutes in by_hour],
        "valid_hours": valid_hours,
        "minute_yield": min(1.0, covered / length),
        "hour_yield": min(1.0, valid_hours / (length / 60)),
        "complete_hours_in_a_row": max(map(len, complete), default=0),
        "is_valid_day": covered >= 600,
    }


def _length(day: date, zone: ZoneInfo) -> int:
    """The minutes of a local day, counted one by one."""
    start = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    minutes = (start + number * MINUTE for number in range(54 * 60))
    return sum(minute.astimezone(zone).date() == day for minute in minutes)


def sensitivity_rows(yields: Mapping[date, Row]) -> dict[tuple[str, int], Row]:
    """``heart_rate_sensitivity`` of one person, by criterion and hours."""
    rows: dict[tuple[str, int], Row] = {}
    for criterion in ("hours worn", "complete hours in a row"):
        for hours in HOURS:
            valid = [day for day, row in yields.items() if _is_valid(row, criterion, hours)]
            weeks: dict[tuple[int, int], int] = defaultdict(int)
            for day in valid:
                weeks[day.isocalendar()[:2]] += 1
            rows[criterion, hours] = {
                "days": len(yields),
                "valid_days": len(valid),
                "valid_weeks": sum(number >= 4 for number in weeks.values()),
            }
    return rows


def _is_valid(row: Row, criterion: str, hours: int) -> bool:
    if criterion == "hours worn":
        return int(str(row["minutes_covered"])) >= hours * 60
    return int(str(row["complete_hours_in_a_row"])) >= hours


def mean_over_time(readings: Sequence[Reading]) -> float:
    """The mean of one person's readings, each of which holds until the next, for 60 s at most."""
    values, seconds = _held(readings)
    return float(np.average(values, weights=seconds))


def percentile_over_time(readings: Sequence[Reading], share: float) -> float:
    """The lowest value up to which the readings hold for this share of the time."""
    values, seconds = _held(readings)
    order = np.argsort(values)
    until = np.cumsum(seconds[order])
    return float(values[order][np.searchsorted(until, share * until[-1])])


def _held(readings: Sequence[Reading]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The readings that count, in order, and for how many seconds each of them holds."""
    held = sorted(filter(counts, readings), key=lambda reading: reading.instant)
    instants = np.array([reading.instant.timestamp() for reading in held])
    seconds = np.minimum(np.diff(instants, append=instants[-1] + LONGEST_HOLD), LONGEST_HOLD)
    return np.array([reading.bpm for reading in held]), seconds
