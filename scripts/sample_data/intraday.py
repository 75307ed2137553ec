"""Archived answers of Fitbit's Web API: one per local day, in the wearer's local time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import numpy as np

from scripts.sample_data.columns import clock, joined, whole_numbers
from scripts.sample_data.local_time import LocalDay
from scripts.sample_data.signal import DAY, HOUR, MINUTE, DayReadings

ZONES = (("Out of Range", 30, 95), ("Fat Burn", 95, 133), ("Cardio", 133, 162), ("Peak", 162, 220))
CALORIES_A_BEAT = 0.019


@dataclass(frozen=True)
class TimeRange:
    """The requested part of the day, in seconds after 00:00 local; both ends are included."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> TimeRange:
        """Read `08:00-09:30`; ValueError for other texts."""
        ends = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text)
        if not ends:
            raise ValueError(f"{text!r} is not a time range such as 08:00-09:30")
        hour, minute, last_hour, last_minute = map(int, ends.groups())
        return cls(hour * HOUR + minute * MINUTE, last_hour * HOUR + last_minute * MINUTE)


def path(day: LocalDay) -> str:
    """A file name as a download script would choose it."""
    return f"intraday/heart-rate-{day.day}.json"


def answer(day: LocalDay, resting: float, wanted: TimeRange | None = None) -> bytes:
    """The answer for a day, or the differently structured one for a time range."""
    readings = day.wall_clock()
    if wanted:
        readings = _within(readings, wanted)
        head = _range_summary(readings)
    else:
        head = _day_summary(readings, round(resting))
    summary = json.dumps({"activities-heart": [head]}, separators=(",", ":")).encode()
    return (
        summary[:-1]
        + b',"activities-heart-intraday":{"dataset":['
        + _dataset(readings).removesuffix(b",")
        + b'],"datasetInterval":1,"datasetType":"second"}}'
    )


def _dataset(readings: DayReadings) -> bytes:
    return joined(
        len(readings.seconds),
        b'{"time":"',
        clock()[readings.seconds],
        b'","value":',
        whole_numbers(readings.bpm),
        b"},",
    )


def _within(readings: DayReadings, wanted: TimeRange) -> DayReadings:
    kept = (readings.seconds >= wanted.first) & (readings.seconds <= wanted.last)
    return DayReadings(
        readings.participant, readings.day, readings.seconds[kept], readings.bpm[kept]
    )


def _day_summary(readings: DayReadings, resting: int) -> dict[str, object]:
    value = {
        "customHeartRateZones": [],
        "heartRateZones": _zones(readings, DAY // MINUTE),
        "restingHeartRate": resting,
    }
    return {"dateTime": str(readings.day), "value": value}


def _range_summary(readings: DayReadings) -> dict[str, object]:
    """In a time range's answer, `value` is the mean rate as text, with the zones next to it."""
    mean = float(np.mean(readings.bpm)) if len(readings.bpm) else 0.0
    return {
        "customHeartRateZones": [],
        "dateTime": str(readings.day),
        "heartRateZones": _zones(readings, len(readings.bpm) * 9 // MINUTE),
        "value": f"{mean:.2f}",
    }


def _zones(readings: DayReadings, minutes: int) -> list[dict[str, object]]:
    """How many of `minutes` were spent in each zone, by its share of the readings."""
    bpm = readings.bpm
    zones: list[dict[str, object]] = []
    for name, low, high in ZONES:
        inside = bpm[(bpm >= low) & (bpm < high)]
        share = len(inside) / max(1, len(bpm))
        calories = round(CALORIES_A_BEAT * float(inside.sum()) * minutes / max(1, len(bpm)), 5)
        zones.append(
            {
                "caloriesOut": calories,
                "max": high,
                "min": low,
                "minutes": round(share * minutes),
                "name": name,
            }
        )
    return zones
