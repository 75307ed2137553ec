"""The other files of a Takeout, some with `heart_rate` in their names."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scripts.sample_data.columns import clock, joined, whole_numbers
from scripts.sample_data.signal import DAY, MINUTE, Floats, Wearer
from scripts.sample_data.takeout import CSV_FOLDER, JSON_FOLDER

MONTH, YEAR = 30, 365
README = b"""Fitbit Data Export
This folder holds the data of your Fitbit account.

heart_rate-YYYY-MM-DD.json: beats per minute and confidence, a file a day
"""


@dataclass(frozen=True)
class Sibling:
    """One file: its path inside the Takeout, and its content."""

    path: str
    content: bytes


def siblings(wearer: Wearer, start: date, count: int) -> Iterator[Sibling]:
    """Every other file of a Takeout of `count` days: about 1.2 per day."""
    days = [start + timedelta(days=n) for n in range(count)]
    for day in days:
        yield _export("time_in_heart_rate_zones", day, _records([_time_in_zones(wearer, day)]))
    for year in _grouped(days, YEAR):
        yield _export("resting_heart_rate", year[0], _records(_resting(wearer, year)))
    for month in _grouped(days, MONTH):
        for name, values in MINUTE_SERIES.items():
            yield _export(name, month[0], _minute_series(wearer, month, values))
        yield _export("sleep", month[0], _records(_sleep(wearer, day) for day in month))
        yield _hrv_summary(wearer, month)
    yield from _whole_history(wearer, days)


def _export(name: str, day: date, content: bytes) -> Sibling:
    return Sibling(f"{JSON_FOLDER}/{name}-{day}.json", content)


def _records(records: Iterator[dict[str, object]] | list[dict[str, object]]) -> bytes:
    """JSON with the export's own spacing: `[{`, two spaces per level, ` : `."""
    texts = (json.dumps(record, indent=2, separators=(",", " : ")) for record in records)
    return f"[{','.join(texts)}]".encode()


def _midnight(day: date) -> str:
    return f"{day:%m/%d/%y} 00:00:00"


def _time_in_zones(wearer: Wearer, day: date) -> dict[str, object]:
    bpm = wearer.heart_rate(day)[::MINUTE]
    limits = (0.0, 95.0, 133.0, 162.0, 999.0)
    below, first, second, third = np.histogram(bpm, limits)[0].astype(float).tolist()
    zones = {
        "IN_DEFAULT_ZONE_1": first,
        "IN_DEFAULT_ZONE_3": third,
        "IN_DEFAULT_ZONE_2": second,
        "BELOW_DEFAULT_ZONE_1": below,
    }
    return {"dateTime": _midnight(day), "value": {"valuesInZones": zones}}


def _resting(wearer: Wearer, days: list[date]) -> list[dict[str, object]]:
    """One per day; the first has none yet: its date is null."""
    known = [
        {"date": f"{day:%m/%d/%y}", "value": wearer.resting(day), "error": 6.787387847900391}
        for day in days[1:]
    ]
    values = [{"date": None, "value": 0.0, "error": 0.0}, *known]
    return [
        {"dateTime": _midnight(day), "value": value}
        for day, value in zip(days, values, strict=True)
    ]


def _steps(bpm: Floats) -> Floats:
    return np.maximum(bpm - 85.0, 0.0)


def _centimetres(bpm: Floats) -> Floats:
    return _steps(bpm) * 7.0


def _climbed(bpm: Floats) -> Floats:
    return np.where(bpm > 100.0, 10.0, 0.0)


MINUTE_SERIES: dict[str, Callable[[Floats], Floats]] = {
    "steps": _steps,
    "distance": _centimetres,
    "altitude": _climbed,
}
"""Derives each minute's value from the minute's heart rate."""


def _minute_series(wearer: Wearer, days: list[date], values: Callable[[Floats], Floats]) -> bytes:
    """`{"dateTime" : "05/18/15 00:00:00", "value" : "12"}`: numbers as text."""
    minutes = np.arange(0, DAY, MINUTE)
    rows = (
        joined(
            len(minutes),
            f'{{\n  "dateTime" : "{day:%m/%d/%y} '.encode(),
            clock()[minutes],
            b'",\n  "value" : "',
            whole_numbers(values(wearer.heart_rate(day)[minutes])),
            b'"\n},',
        )
        for day in days
    )
    return b"[" + b"".join(rows).removesuffix(b",") + b"]"


def _sleep(wearer: Wearer, day: date) -> dict[str, object]:
    night = wearer.night(day)
    length = int(night.wake - night.bed)
    stages = ("light", "deep", "light", "rem", "wake")
    levels = [
        {"dateTime": _at(day, night.bed + length * n / 5), "level": level, "seconds": length // 5}
        for n, level in enumerate(stages)
    ]
    return {
        "logId": 20_000_000_000 + day.toordinal(),
        "dateOfSleep": str(day),
        "startTime": _at(day, night.bed),
        "endTime": _at(day, night.wake),
        "duration": length * 1_000,
        "minutesAsleep": length * 9 // 10 // MINUTE,
        "efficiency": 90,
        "type": "stages",
        "levels": {
            "summary": {"deep": {"count": 1, "minutes": length // 5 // MINUTE}},
            "data": levels,
        },
        "mainSleep": True,
    }


def _at(day: date, seconds: float) -> str:
    """`2015-05-18T23:04:30.000`, from seconds after (or before) the day's 00:00."""
    days, rest = divmod(int(seconds), DAY)
    return f"{day + timedelta(days=days)}T{clock()[rest].decode()}.000"


def _hrv_summary(wearer: Wearer, days: list[date]) -> Sibling:
    rows = "".join(
        f"{day}T00:00:00,{90.0 - wearer.resting(day):.3f},{wearer.resting(day):.3f},2.8\n"
        for day in days
    )
    return Sibling(
        "Takeout/Fitbit/Heart Rate Variability/"
        f"Daily Heart Rate Variability Summary - {days[0]}.csv",
        f"timestamp,rmssd,nremhr,entropy\n{rows}".encode(),
    )


def _whole_history(wearer: Wearer, days: list[date]) -> Iterator[Sibling]:
    """The files that an export contains once."""
    # Same header as the daily heart-rate files: only the single row per day tells them apart.
    resting = "".join(f"{day}T00:00:00Z,{wearer.resting(day):.1f}\n" for day in days)
    yield Sibling(
        f"{CSV_FOLDER}/daily_resting_heart_rate.csv",
        f"timestamp,beats per minute\n{resting}".encode(),
    )
    scores = "".join(
        f"{day.toordinal()},{day}T06:30:00Z,81,,20,47,84,{wearer.resting(day):.0f},0.08\n"
        for day in days
    )
    yield Sibling(
        "Takeout/Fitbit/Sleep Score/sleep_score.csv",
        b"sleep_log_entry_id,timestamp,overall_score,composition_score,revitalization_score,"
        b"duration_score,deep_sleep_in_minutes,resting_heart_rate,restlessness\n" + scores.encode(),
    )
    yield Sibling(f"{JSON_FOLDER}/README.txt", README)
    yield Sibling("Takeout/Fitbit/Your Profile/Media/Avatar Photo.png", _picture())


def _picture() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0\x80"))
        + chunk(b"IEND", b"")
    )


def _grouped(days: list[date], size: int) -> Iterator[list[date]]:
    for first in range(0, len(days), size):
        yield days[first : first + size]
