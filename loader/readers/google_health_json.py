"""Answers of the Google Health API: pages of data points, newest first, with instants.

``{"dataPoints": [{"name": …, "dataSource": …, "heartRate": {"sampleTime": {"physicalTime":
"2026-09-25T10:04:59Z", …}, "beatsPerMinute": "49", …}}, …], "nextPageToken": "…"}``
(https://developers.google.com/health/reference/rest/v4/users.dataTypes.dataPoints), and the
simplified points of its command line tool, ``{"time": "2026-03-29T16:33:07+01:00",
"beatsPerMinute": "80", "source": …}``. A file has one page or several: one per line, one after the
other, or in a list; a list may also have the points themselves. An answer without points is ``{}``.

The limits of the wearer's zones are points, too: ``{"dailyHeartRateZones": {"date": {"year": 2026,
"month": 9, "day": 25}, "heartRateZones": [{"heartRateZoneType": "PEAK", "minBeatsPerMinute": "174",
…}, …]}}``. Other data types have pages of the same form; their points are skipped. A
page with a ``nextPageToken`` is not the last of its answer.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, TextIO

from loader.errors import COPY_AGAIN, BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.json_text import JsonText, contains_key
from loader.readers.plain_shape import PlainShape
from loader.readers.rewritten import (
    RELATION,
    Rewritten,
    device_name,
    reading,
    record,
    rejected,
)
from loader.readers.zone_limits import ZoneLimits, zone_limits

POINTS, HEART_RATE, LIMITS = "dataPoints", "heartRate", "dailyHeartRateZones"
"""The keys of a page's points, of a point's heart rate, and of a point's limits of the zones."""

NEXT_PAGE = "nextPageToken"

DESCRIPTION = frozenset({"name", "dataPointName", "dataSource", "source"})
"""Keys of a point that describe it and are not its data."""

POINT = re.compile(
    rb'"dailyHeartRateZones"\s*:\s*\{'
    rb'|"heartRate"\s*:\s*\{\s*"(?:sampleTime|beatsPerMinute|metadata)"\s*:'
    rb'|"time"\s*:\s*"[^"]*"\s*,\s*"beatsPerMinute"\s*:'
    rb'|"beatsPerMinute"\s*:\s*"?\d+"?\s*,\s*(?:"source"\s*:\s*"[^"]*"\s*,\s*)?"time"\s*:'
)
"""A data point with limits, or with a heart rate, raw or simplified, its keys in the tools' order
or sorted. A daily resting rate has no time, and a rollup has ``beatsPerMinuteAvg``."""

INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)", re.ASCII
)
"""A time with an offset, so that it is an instant; ``utc_instant`` checks the rest."""

WHOLE = re.compile(r"\d{1,3}", re.ASCII)


PLAIN_SHAPE = PlainShape(
    # A point without a device may name an app, or be of another data type.
    once_a_row=(b'"physicalTime"', b'"beatsPerMinute"', b'"displayName"'),
    begins=re.compile(rb'\s*\{\s*"dataPoints"\s*:\s*\['),
    ends=re.compile(rb'\]\s*(?:,\s*"nextPageToken"\s*:\s*"(?P<continues>[^"]*)"\s*)?\}\s*\Z'),
    most_bytes=16_000_000,  # DuckDB reads an object of up to 16 MiB
    has_line_relation=True,
)
"""One page of raw points. Limits of zones would be a second list."""


def _claims(reader: Reader, head: bytes, *_: object) -> Layout | None:
    starts = re.match(rb"(\xef\xbb\xbf)?\s*[\[{]", head) is not None
    return Layout(reader) if starts and POINT.search(head) else None


def _rewrite(source: BinaryIO, target: TextIO, _name: str) -> Rewritten:
    """Write one line per data point with a heart rate."""
    document = _Document(JsonText(source))
    rows = 0
    for line in document.lines():
        target.write(f"{line}\n")
        rows += 1
    return Rewritten(rows, document.continues, tuple(document.limits))


class _Document:
    """The pages of a file, read one data point at a time: a page may have a year of them.

    Attributes:
        continues: the last page names a next one.
        limits: the limits of the wearer's zones.
    """

    def __init__(self, text: JsonText) -> None:
        self.continues = False
        self.limits: list[ZoneLimits] = []
        self._text = text

    def lines(self) -> Iterator[str]:
        while letter := self._text.next_letter():
            if letter == "[":
                for _ in self._text.enter("[", "]"):
                    yield from self._page()
            else:
                yield from self._page()

    def _page(self) -> Iterator[str]:
        """The lines of a page, or of one data point."""
        others: dict[str, object] = {}
        is_page = False
        for name in self._text.take_object():
            if name == POINTS:
                is_page = True
                for point in self._text.take_list():
                    if line := self._point(point):
                        yield line
            else:
                others[name] = self._text.take_value()
        if not is_page and _is_point(others):
            if line := self._point(others):
                yield line
            return
        if contains_key(list(others.values()), frozenset({POINTS})):
            raise _misplaced()
        if "error" in others:
            # The page that was asked for is still missing.
            yield rejected(others, "an error of the API instead of data points")
        else:
            self.continues = bool(others.get(NEXT_PAGE))

    def _point(self, point: object) -> str | None:
        """The line of a data point; None if it has limits or is of another data type."""
        if not isinstance(point, dict):
            raise _misplaced()
        if LIMITS not in point:
            return _point(point)
        limits = _limits(point[LIMITS])
        if limits is None:
            return rejected(point, "zone limits not understood")
        if limits.is_of_a_day:
            self.limits.append(limits)
        return None


def _is_point(value: dict[str, object]) -> bool:
    return HEART_RATE in value or LIMITS in value or "beatsPerMinute" in value


def _point(point: dict[str, object]) -> str | None:
    """The line of a data point; None if it is of another data type."""
    if _is_point(point):
        fields = point.get(HEART_RATE, point)
        if isinstance(fields, dict):
            return _line(_time(fields), fields.get("beatsPerMinute"), point, _device(point))
        return rejected(point, "its heart rate is not understood")
    data = [value for name, value in point.items() if name not in DESCRIPTION]
    if contains_key(data, frozenset({HEART_RATE})):
        raise _misplaced()
    if not any(isinstance(value, dict) for value in data):
        return rejected(point, "no heart rate in this data point")
    return None


def _limits(value: object) -> ZoneLimits | None:
    """The limits of a day; None if a part of them is missing or invalid."""
    fields = value if isinstance(value, dict) else {}
    day, zones = fields.get("date"), fields.get("heartRateZones")
    if not isinstance(day, dict) or not isinstance(zones, list):
        return None
    begins = {
        str(zone.get("heartRateZoneType")): zone.get("minBeatsPerMinute")
        for zone in zones
        if isinstance(zone, dict)
    }
    try:
        return zone_limits(date(*(int(day[name]) for name in ("year", "month", "day"))), begins)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _time(fields: dict[str, object]) -> object:
    sample = fields.get("sampleTime")
    return sample.get("physicalTime") if isinstance(sample, dict) else fields.get("time")


def _device(point: dict[str, object]) -> str:
    """The device that recorded a point, otherwise the app that sent it; empty without both."""
    source = point.get("dataSource")
    if not isinstance(source, dict):
        return device_name(point.get("source"))
    device = source.get("device")
    if isinstance(device, dict) and (name := device_name(device.get("displayName"))):
        return name
    app = source.get("application")
    return (
        device_name(app.get("packageName"), app.get("webClientId")) if isinstance(app, dict) else ""
    )


def _line(time: object, value: object, point: object, device: str) -> str:
    if not isinstance(time, str) or not time:
        return rejected(point, "no timestamp")
    if not INSTANT.fullmatch(time):
        return rejected(point, "timestamp not understood (it needs Z or an offset)")
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return reading(time, value, device)
    return record(time, value, point, device)


def _misplaced() -> BadFileError:
    return BadFileError("its data points aren't where the Google Health API has them", COPY_AGAIN)


READER = Reader(
    name="google health json",
    rank=350,
    expected='{"dataPoints": [{"heartRate": …}, …]}, one or several pages (Google Health API)',
    times="UTC",
    lines=False,
    claims=_claims,
    relation="google_health_json",
    plain_shape=PLAIN_SHAPE,
    names_devices=True,
    rewrite=_rewrite,
    rewritten_relation=RELATION,
)
