"""The heart rate of a Google Takeout: one file per local day, rows in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scripts.sample_data.columns import clock, joined, numbers, whole_numbers
from scripts.sample_data.local_time import LocalDay
from scripts.sample_data.places import Chunk
from scripts.sample_data.signal import DayReadings

JSON_FOLDER = "Takeout/Fitbit/Global Export Data"
CSV_FOLDER = "Takeout/Fitbit/Physical Activity_GoogleData"


def json_path(day: LocalDay) -> str:
    """The path of the day's JSON file in the export."""
    return f"{JSON_FOLDER}/heart_rate-{day.day}.json"


def csv_path(day: LocalDay) -> str:
    """The path of the day's CSV file in the export."""
    return f"{CSV_FOLDER}/heart_rate_{day.day}.csv"


def json_file(day: LocalDay) -> bytes:
    """`"dateTime" : "05/18/15 05:25:00"`: months first, two-digit years, UTC, integer bpm."""
    return b"[" + b"".join(json_rows(part) for part in day.utc).removesuffix(b",") + b"]"


def document(days: Iterable[LocalDay]) -> Iterator[Chunk]:
    """The JSON of all days as one document, one day at a time."""
    before = b"["
    for day in days:
        rows = b"".join(json_rows(part) for part in day.utc)
        if rows:
            yield Chunk(before + rows.removesuffix(b","), day.rows)
            before = b","
    yield Chunk(b"]" if before == b"," else b"[]")


def json_rows(readings: DayReadings) -> bytes:
    """The day's records, each followed by a comma."""
    confidence = readings.confidence
    assert confidence is not None
    return joined(
        len(readings.seconds),
        f'{{\n  "dateTime" : "{readings.day:%m/%d/%y} '.encode(),
        clock()[readings.seconds],
        b'",\n  "value" : {\n    "bpm" : ',
        whole_numbers(readings.bpm),
        b',\n    "confidence" : ',
        numbers()[confidence],
        b"\n  }\n},",
    )


def csv_file(day: LocalDay, source: str | None = None) -> bytes:
    """`2024-10-27T00:00:04Z,65.0`, with a third column if a data source is named."""
    header = b"timestamp,beats per minute" + (b",data source" if source else b"")
    return header + b"\n" + b"".join(csv_rows(part, source) for part in day.utc)


def csv_rows(readings: DayReadings, source: str | None) -> bytes:
    """The day's rows."""
    return joined(
        len(readings.seconds),
        f"{readings.day}T".encode(),
        clock()[readings.seconds],
        b"Z,",
        whole_numbers(readings.bpm),
        b".0" + (f",{source}".encode() if source else b"") + b"\n",
    )
