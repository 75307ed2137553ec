"""A function per format that writes a file of it, independent of the sample and the loader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loader.readers import READERS
from tests.formats import health_connect
from tests.formats.readings import (
    CSV_INSTANTS,
    CSV_LOCAL,
    FITABASE,
    FITABASE_SINGLE,
    GOOGLE_CSV,
    GOOGLE_JSON,
    HEALTH_CONNECT,
    HR_CSV,
    INTRADAY_JSON,
    TAKEOUT_CSV,
    TAKEOUT_JSON,
    TAKEOUT_JSON_LOCAL,
    Reading,
)

CRLF = "\r\n"


@dataclass(frozen=True)
class Shape:
    """How files of a format are written.

    Attributes:
        extension: the end of their names.
        write: makes the content of a file of readings, with the local times of a zone.
        has_confidence: each reading has a confidence.
        name: the beginning of their names, if the format is recognised by it; `{who}` is the
            participant.
    """

    extension: str
    write: Callable[[Sequence[Reading], ZoneInfo], str | bytes]
    has_confidence: bool = False
    name: str = "file"

    def content(self, readings: Sequence[Reading], zone: ZoneInfo) -> bytes:
        """The bytes of a file of this format."""
        written = self.write(readings, zone)
        return written if isinstance(written, bytes) else written.encode()

    def file_name(self, who: str) -> str:
        """A name for a file of this format."""
        return f"{self.name.format(who=who)}.{self.extension}"


HEART_ZONE = {
    "caloriesOut": 1200.5,
    "max": 95,
    "min": 30,
    "minutes": 1_000,
    "name": "Out of Range",
}


def hr_csv(readings: Iterable[Reading]) -> str:
    """`2024-01-01 00:00:00,61.5`, UTC."""
    rows = (f"{r.timestamp:%Y-%m-%d %H:%M:%S},{r.value}\n" for r in readings)
    return "timestamp,value\n" + "".join(rows)


def takeout_json(readings: Iterable[Reading]) -> str:
    """The export's own spacing; UTC, months first, two-digit years, whole bpm."""
    records = (
        f'{{\n  "dateTime" : "{r.timestamp:%m/%d/%y %H:%M:%S}",\n  "value" : {{\n'
        f'    "bpm" : {r.value:.0f},\n    "confidence" : {r.confidence}\n  }}\n}}'
        for r in readings
    )
    return f"[{','.join(records)}]"


def takeout_json_local(readings: Iterable[Reading], zone: ZoneInfo, separator: str = "T") -> str:
    """`2019-11-01T00:00:07`: a record of a Takeout with the local time of `zone`."""
    records = [
        {
            "dateTime": local(r, zone).isoformat(separator),
            "value": {"bpm": int(r.value), "confidence": r.confidence},
        }
        for r in readings
    ]
    return json.dumps(records)


def takeout_csv(readings: Iterable[Reading], source: str | None = None) -> str:
    """`2024-10-27T00:00:04Z,65.0`, with a third cell if a data source is named."""
    header = "timestamp,beats per minute" + (",data source" if source else "")
    cell = f",{source}" if source else ""
    rows = (f"{r.timestamp:%Y-%m-%dT%H:%M:%SZ},{r.value:.1f}{cell}\n" for r in readings)
    return f"{header}\n" + "".join(rows)


def fitabase(readings: Iterable[Reading], zone: ZoneInfo) -> str:
    """`P001,4/12/2016 7:21:00 AM,97`: the local time of `zone`, CRLF."""
    rows = (
        f"{r.participant_id},{twelve_hours(local(r, zone))},{r.value:.0f}{CRLF}" for r in readings
    )
    return f"Id,Time,Value{CRLF}" + "".join(rows)


def fitabase_single(readings: Iterable[Reading], zone: ZoneInfo) -> str:
    """`4/12/2016 7:21:00 AM,97`: the participant is in the file's name."""
    rows = (f"{twelve_hours(local(r, zone))},{r.value:.0f}{CRLF}" for r in readings)
    return f"Time,Value{CRLF}" + "".join(rows)


def csv_local(readings: Iterable[Reading], zone: ZoneInfo) -> str:
    """`0,2016-04-12,07:21:00,97.0`: as pandas writes two columns of local time."""
    rows = (f"{n},{local(r, zone)},{r.value}\n".replace(" ", ",") for n, r in enumerate(readings))
    return ",date,time,bpm\n" + "".join(rows)


def csv_instants(readings: Iterable[Reading], zone: ZoneInfo) -> str:
    """`2016-04-12 07:21:00+02:00,97.0`."""
    rows = (f"{r.timestamp.astimezone(zone)},{r.value}\n" for r in readings)
    return "datetime,Heart Rate\n" + "".join(rows)


def intraday_json(readings: Sequence[Reading], zone: ZoneInfo) -> str:
    """The answer for one local day."""
    (day,) = {local(reading, zone).date() for reading in readings}
    value = {"customHeartRateZones": [], "heartRateZones": [HEART_ZONE], "restingHeartRate": 61}
    return _answer({"dateTime": str(day), "value": value}, readings, zone)


def intraday_range_json(readings: Sequence[Reading], zone: ZoneInfo) -> str:
    """The answer for a range of one local day: the value is a mean, written as text."""
    (day,) = {local(reading, zone).date() for reading in readings}
    mean = sum(reading.value for reading in readings) / len(readings)
    head = {
        "customHeartRateZones": [],
        "dateTime": str(day),
        "heartRateZones": [HEART_ZONE],
        "value": f"{mean:.2f}",
    }
    return _answer(head, readings, zone)


def google_json(readings: Sequence[Reading], zone: ZoneInfo) -> str:
    """A page of the Google Health API: newest first, whole bpm as text, instants with Z."""
    points = [google_point(reading, zone) for reading in reversed(readings)]
    return json.dumps({"dataPoints": points, "nextPageToken": ""})


def google_point(reading: Reading, zone: ZoneInfo) -> dict[str, object]:
    """A data point as the method `list` returns it."""
    clock = local(reading, zone)
    offset = reading.timestamp.astimezone(zone).utcoffset() or timedelta()
    sample = {
        "physicalTime": instant_text(reading),
        "utcOffset": f"{offset.total_seconds():.0f}s",
        "civilTime": {
            "date": {"year": clock.year, "month": clock.month, "day": clock.day},
            "time": {"hours": clock.hour, "minutes": clock.minute, "seconds": clock.second},
        },
    }
    return {
        "name": "users/0/dataTypes/heart-rate/dataPoints/0",
        "dataSource": {"platform": "FITBIT", "device": {"displayName": "Charge 6"}},
        "heartRate": {
            "sampleTime": sample,
            "beatsPerMinute": f"{reading.value:.0f}",
            "metadata": {"motionContext": "SEDENTARY"},
        },
    }


def instant_text(reading: Reading) -> str:
    """`2026-09-25T10:04:57.250Z`: with a fraction only if it isn't 0."""
    fraction = f".{reading.timestamp.microsecond // 1000:03d}"
    return f"{reading.timestamp:%Y-%m-%dT%H:%M:%S}{fraction.replace('.000', '')}Z"


def google_csv(readings: Sequence[Reading], zone: ZoneInfo) -> str:
    """`2026-03-29T16:34:07+01:00,82,Google Pixel Watch 4 (41mm)`, newest first."""
    rows = (
        f"{r.timestamp.astimezone(zone).isoformat(timespec='seconds')},{r.value:.0f},"
        "Google Pixel Watch 4 (41mm)\n"
        for r in reversed(readings)
    )
    return "time,beatsPerMinute,source\n" + "".join(rows)


SHAPES = {
    CSV_LOCAL: Shape("csv", csv_local),
    CSV_INSTANTS: Shape("csv", csv_instants),
    HR_CSV: Shape("csv", lambda readings, _: hr_csv(readings)),
    FITABASE: Shape("csv", fitabase),
    FITABASE_SINGLE: Shape(
        "csv", fitabase_single, name="{who}_heartrate_seconds_20220901_20220930"
    ),
    HEALTH_CONNECT: Shape("db", lambda readings, _: health_connect.export(readings)),
    INTRADAY_JSON: Shape("json", intraday_json),
    GOOGLE_CSV: Shape("csv", google_csv),
    GOOGLE_JSON: Shape("json", google_json),
    TAKEOUT_JSON_LOCAL: Shape("json", takeout_json_local, has_confidence=True),
    TAKEOUT_CSV: Shape("csv", lambda readings, _: takeout_csv(readings)),
    TAKEOUT_JSON: Shape("json", lambda readings, _: takeout_json(readings), has_confidence=True),
}
"""The shape of each format, by the name of its reader."""

WRITTEN = tuple(
    reader
    for reader in READERS
    # A generic CSV file with participants needs a format.yml: tests/formats/test_format_yml.py.
    if reader.has_readings and not (reader.is_generic and reader.names_participants)
)
"""The readers of the formats in ``SHAPES``, in the order of their ranks."""


def local(reading: Reading, zone: ZoneInfo) -> datetime:
    """What the wearer's clock showed."""
    return reading.timestamp.astimezone(zone).replace(tzinfo=None)


def twelve_hours(time: datetime) -> str:
    """`4/12/2016 7:21:00 AM`: no leading zeros before the minutes."""
    hour = time.hour % 12 or 12
    return f"{american(time)} {hour}:{time:%M:%S} {'AM' if time.hour < 12 else 'PM'}"


def american(day: date) -> str:
    """`4/12/2016` for the twelfth of April."""
    return f"{day.month}/{day.day}/{day.year}"


def _answer(head: Mapping[str, object], readings: Sequence[Reading], zone: ZoneInfo) -> str:
    dataset = [{"time": f"{local(r, zone):%H:%M:%S}", "value": int(r.value)} for r in readings]
    intraday = {"dataset": dataset, "datasetInterval": 1, "datasetType": "second"}
    answer = {"activities-heart": [head], "activities-heart-intraday": intraday}
    return json.dumps(answer, separators=(",", ":"))
