"""A loader of a hundred lines that reads every format, slowly and a whole file at a time.

It shares nothing with the real one, and shows that the fixtures' files have the expected readings.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.formats import health_connect
from tests.formats.local_times import Kind, Resolved, resolve
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
    RANKS,
    TAKEOUT_CSV,
    TAKEOUT_JSON,
    TAKEOUT_JSON_LOCAL,
    Expected,
    Line,
    Reading,
    last_wins,
)

HEADERS = {
    ("timestamp", "value"): HR_CSV,
    ("timestamp", "heart_rate"): HR_CSV,
    ("id", "time", "value"): FITABASE,
    ("time", "beatsperminute", "source"): GOOGLE_CSV,
    ("timestamp", "beats per minute"): TAKEOUT_CSV,
    ("timestamp", "beats per minute", "data source"): TAKEOUT_CSV,
}
LOCAL = (CSV_LOCAL, FITABASE, FITABASE_SINGLE, INTRADAY_JSON, TAKEOUT_JSON_LOCAL)
STUDY_FORMATS = (
    *("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"),
)


@dataclass(frozen=True)
class Row:
    """One row of a file: its time is UTC or local, by its format; a value of None is rejected."""

    participant: str | None
    time: datetime
    value: float | None
    confidence: int | None = None
    device: str = ""


def load(folder: Path, zone: ZoneInfo, participant: str = "me") -> Expected:
    """The readings of the files below `folder`."""
    lines: list[Line] = []
    kinds: Counter[Kind] = Counter()
    rejected = 0
    for path, content in _files(folder):
        read = _read(content)
        if read is None and re.search(r"_heartrate_(seconds|1min)_[0-9]{8}_[0-9]{8}", path):
            read = _from_single_study(content.decode())
        if read is None and not re.search(r"(?i)resting|steps", path.rsplit("/", 1)[-1]):
            encoding = "utf-16" if content.startswith(b"\xff\xfe") else "utf-8"
            read = _from_any_csv(content.decode(encoding, "replace"))
        if read is None:
            continue
        file_format, rows = read
        named = (
            re.search(r"([^/]+)_heartrate_[^/]+$", path) if file_format == FITABASE_SINGLE else None
        )
        named = named or re.search(r"(?:^|/)participant_id=([^/]+)/", path)
        people: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        for number, row in enumerate(rows):
            people[row.participant or (named[1] if named else participant)].append((number, row))
        for who, theirs in people.items():
            good = [(number, row) for number, row in theirs if row.value is not None]
            rejected += len(theirs) - len(good)
            instants = _instants(file_format, [row.time for _, row in good], zone)
            kinds.update(each.kind for each in instants)
            for (number, row), each in zip(good, instants, strict=True):
                reading = Reading(who, each.instant, row.value or 0.0, row.confidence)
                lines.append(Line(RANKS[file_format], path, number, reading, row.device))
    return replace(
        last_wins(lines),
        rows=len(lines) + rejected,
        rejected=rejected,
        repeated=kinds[Kind.REPEATED],
        ambiguous=kinds[Kind.AMBIGUOUS],
        never=kinds[Kind.NEVER],
    )


def _instants(file_format: str, times: list[datetime], zone: ZoneInfo) -> list[Resolved]:
    """The instants of one person's rows of one file, in its order."""
    if file_format in LOCAL:
        return resolve(times, zone)
    return [Resolved(time.replace(tzinfo=UTC), Kind.ONCE) for time in times]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The path and the content of each file, unpacked; archives entry by entry."""
    # Only the name tells resting rates apart: their header is the same.
    files = (path for path in folder.rglob("*") if path.is_file())
    for file in sorted(files):
        name, content = str(file.relative_to(folder)), file.read_bytes()
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for entry in filter(_is_no_resting_rate, archive.namelist()):
                    yield f"{name}/{entry}", archive.read(entry)
        elif _is_no_resting_rate(name):
            yield name, gzip.decompress(content) if name.endswith(".gz") else content


def _read(content: bytes) -> tuple[str, list[Row]] | None:
    """The format and the rows; None if the file has no heart rate."""
    if content.startswith(b"SQLite format 3"):
        samples = health_connect.samples_of(content)
        return HEALTH_CONNECT, [
            Row(None, time.replace(tzinfo=None), bpm, device=app) for time, bpm, app in samples
        ]
    text = content.decode("utf-8", "replace")
    try:
        return _from_json(json.loads(text))
    except ValueError:
        return _from_csv(text)


def _from_json(data: object) -> tuple[str, list[Row]] | None:
    if isinstance(data, dict) and "activities-heart-intraday" in data:
        day = data["activities-heart"][0]["dateTime"]
        dataset = data["activities-heart-intraday"]["dataset"]
        return INTRADAY_JSON, [
            Row(None, datetime.fromisoformat(f"{day} {row['time']}"), float(row["value"]))
            for row in dataset
        ]
    if isinstance(data, dict) and "dataPoints" in data:
        return GOOGLE_JSON, [
            Row(
                None,
                _instant(point["heartRate"]["sampleTime"]["physicalTime"]),
                float(point["heartRate"]["beatsPerMinute"]),
                device=point["dataSource"]["device"]["displayName"],
            )
            for point in data["dataPoints"]
        ]
    if isinstance(data, list) and "bpm" in (data[0].get("value") or ()):
        is_american = "/" in data[0]["dateTime"]
        return TAKEOUT_JSON if is_american else TAKEOUT_JSON_LOCAL, [
            Row(
                None,
                datetime.strptime(record["dateTime"], "%m/%d/%y %H:%M:%S")
                if is_american
                else datetime.fromisoformat(record["dateTime"]),
                float(record["value"]["bpm"]),
                record["value"]["confidence"],
            )
            for record in data
        ]
    return None


def _from_csv(text: str) -> tuple[str, list[Row]] | None:
    lines = text.splitlines()
    for number, line in enumerate(lines[:6]):
        for delimiter in ",\t;":
            file_format = HEADERS.get(tuple(name.strip().lower() for name in line.split(delimiter)))
            first_row = "".join(lines[number + 1 : number + 2])
            if file_format == HR_CSV and re.match(r"\d{10}", first_row):
                return None
            if file_format is not None:
                cells = csv.reader(filter(None, lines[number + 1 :]), delimiter=delimiter)
                rows = [_csv_row(file_format, row) for row in cells]
                return file_format, rows
    return None


def _from_single_study(text: str) -> tuple[str, list[Row]]:
    """One participant of a study: the rows have no name."""
    header, *rows = csv.reader(text.splitlines())
    assert header == ["Time", "Value"]
    return FITABASE_SINGLE, [Row(None, _study_time(time), float(value)) for time, value in rows]


def _from_any_csv(text: str) -> tuple[str, list[Row]] | None:
    """A table whose last column is a heart rate and whose columns before it are a time."""
    delimiter = next((each for each in ",;\t" if each in text.split("\n")[0]), ",")
    header, *rows = csv.reader(text.splitlines() or ["nothing"], delimiter=delimiter)
    names = [re.sub("[-_ ]", "", name).lower() for name in header]
    index = int(names[0] in ("", "index", "unnamed:0"))
    if names[index:-1] not in (["datetime"], ["date", "time"], ["time"], ["timestamp"]) or (
        names[-1] not in ("value", "bpm", "heartrate", "beatsperminute")
        or names == ["time", "value"]
    ):
        return None
    found = []
    for row in rows:
        time, value = " ".join(row[index:-1]), float(row[-1].replace(",", "."))
        if re.fullmatch(r"[\d.,]+", time):
            seconds = float(time.replace(",", ".")) / (1000 if len(time) == 13 else 1)
            found.append((datetime.fromtimestamp(seconds, UTC), value))
        else:
            found.append((datetime.fromisoformat(time), value))
    instants = found[0][0].tzinfo is not None or names[index:] in (
        ["timestamp", "value"],
        ["timestamp", "heartrate"],
    )
    if not instants:
        return CSV_LOCAL, [Row(None, time, value) for time, value in found]
    return CSV_INSTANTS, [
        Row(None, time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time, value)
        for time, value in found
    ]


def _csv_row(file_format: str, cells: list[str]) -> Row:
    if file_format == FITABASE:
        return Row(cells[0], _study_time(cells[1]), _number(cells[2]))
    device = "".join(cells[2:3]).strip()
    return Row(None, _instant(cells[0]), _number(cells[1]), device=device)


def _instant(text: str) -> datetime:
    """An instant in UTC; without an offset it is in UTC already."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _study_time(text: str) -> datetime:
    for form in STUDY_FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no time of a study")


def _number(text: str) -> float | None:
    return float(text) if text else None


def _is_no_resting_rate(path: str) -> bool:
    return "resting_heart_rate" not in path.rsplit("/", 1)[-1]
