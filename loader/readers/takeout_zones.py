"""Takeout's ``daily_heart_rate_zones_YYYY-MM-DD.csv``: limits of the wearer's zones, no readings.

``timestamp,heart_rate_zone[,data source]``, and for each day ``2026-09-12T00:00:00Z,"{
""heart_rate_zone_type"": LIGHT, ""min_heart_rate_bpm"": 30, ""max_heart_rate_bpm"": 129},{…},…",
Google Health App``. The second field looks like JSON, but isn't. The date is the local day.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from loader.errors import COPY_AGAIN, BadFileError
from loader.readers.base import LONGEST_HEADER, TITLE_LINES, Reader, claims_header
from loader.readers.rewritten import RELATION, Rewritten, rejected
from loader.readers.zone_limits import ZoneLimits, zone_limits

DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)

ZONE = re.compile(
    r'"heart_rate_zone_type"\s*:\s*"?([A-Z]+)"?\s*,\s*"min_heart_rate_bpm"\s*:\s*(\d+)', re.ASCII
)
"""The type of a zone, and its first bpm."""


_claims_header = claims_header(("timestamp",), ("heart_rate_zone",), ("data source", ""))


def _rewrite(source: BinaryIO, target: TextIO, _name: str) -> Rewritten:
    """Return the limits; write a line for each row that has none."""
    limits: list[ZoneLimits] = []
    rows = 0
    try:
        for fields in _rows(source):
            of_day = _limits(fields)
            if of_day is None:
                target.write(f"{rejected(fields, 'zone limits not understood')}\n")
                rows += 1
            elif of_day.is_of_a_day:
                limits.append(of_day)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadFileError(f"it can't be read to its end as CSV ({error})", COPY_AGAIN) from error
    return Rewritten(rows, limits=tuple(limits))


def _rows(source: BinaryIO) -> Iterator[list[str]]:
    """The rows after the header, without blank ones."""
    layout = READER.claim(source.read(LONGEST_HEADER * (TITLE_LINES + 1)), "")
    if layout is None:
        raise BadFileError("its header is not understood", COPY_AGAIN)
    source.seek(layout.data_offset)
    text = TextIOWrapper(source, encoding="utf-8", newline="")
    for fields in csv.reader(text, delimiter=layout.delimiter, strict=True):
        if any(field.strip() for field in fields):
            yield fields


def _limits(fields: list[str]) -> ZoneLimits | None:
    day = DAY.fullmatch(fields[0].strip())
    if day is None or len(fields) < 2:
        return None
    try:
        return zone_limits(date.fromisoformat(day[1]), dict(ZONE.findall(fields[1])))
    except ValueError:
        return None


READER = Reader(
    name="takeout zones",
    rank=410,
    expected="timestamp,heart_rate_zone[,data source] (Takeout: limits of zones)",
    times="UTC",
    lines=False,
    claims=_claims_header,
    relation=RELATION,
    has_readings=False,
    rewrite=_rewrite,
)
