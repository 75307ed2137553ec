"""Archived Web API answers with an intraday series: local days, the wearer's wall clock.

``{"activities-heart": [{"dateTime": "2019-05-18", …}], "activities-heart-intraday": {"dataset":
[{"time": "00:00:05", "value": 64}, …]}}``
(https://dev.fitbit.com/build/reference/web-api/intraday/get-heartrate-intraday-by-date/).
The days also have the limits of the wearer's zones (``heartRateZones``), in ``value`` or, in an
answer for a range of times, next to it.

A file has one answer or several: one per line, one after the other, or in a list. If the only
answer of a file names no day, the date in the file's name counts. A series over
midnight names only its first day: a step back of over 12 hours begins the next day. An answer spans
at most a day, so more midnights than named days mean that it is not such a series.
"""

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import PurePath
from typing import BinaryIO, TextIO

from loader.errors import COPY_AGAIN, BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.json_text import JsonText, contains_key
from loader.readers.rewritten import RELATION, Rewritten, reading, record, rejected
from loader.readers.zone_limits import ZoneLimits, zone_limits

DAYS, SERIES, ROWS = "activities-heart", "activities-heart-intraday", "dataset"
"""The keys of an answer's days, of its series, and of the series' rows."""

ZONES = "heartRateZones"

ZONE_TYPES = {"Fat Burn": "MODERATE", "Cardio": "VIGOROUS", "Peak": "PEAK"}
"""Today's names of the Web API's zones; below them all is *Out of Range*."""

TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
DATE_IN_NAME = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)

HALF_A_DAY = 12 * 60
"""Minutes; a longer step back begins the next day."""


def _claims(reader: Reader, head: bytes, *_: object) -> Layout | None:
    starts = re.match(rb"(\xef\xbb\xbf)?\s*[\[{]", head) is not None
    return Layout(reader) if starts and f'"{SERIES}"'.encode() in head else None


def _rewrite(source: BinaryIO, target: TextIO, name: str) -> Rewritten:
    """Write one line per row of the answers, with its day."""
    unnamed = _Unnamed(name)
    text = JsonText(source)
    rows = 0
    number = 0
    limits: list[ZoneLimits] = []
    while letter := text.next_letter():
        for answer in text.take_list() if letter == "[" else [text.take_value()]:
            number += 1
            try:
                for line in _lines(answer, unnamed):
                    target.write(f"{line}\n")
                    rows += 1
                limits += _limits(answer)
            except BadFileError as error:
                raise BadFileError(f"answer {number:,}: {error.what}", error.hint) from error
    return Rewritten(rows, limits=tuple(limits))


class _Unnamed:
    """The day of an answer that names none: the date in the name of its file.

    A second answer without a day is of another day, which nothing names.
    """

    def __init__(self, name: str) -> None:
        self._dates = set(DATE_IN_NAME.findall(PurePath(name).name))

    def days(self) -> list[date]:
        """The day of the next answer that names none."""
        if len(self._dates) != 1:
            raise BadFileError(
                "it doesn't name its day, nor does the file's name",
                "write the day into its name (heart-rate-2026-02-03.json), one answer a file",
            )
        return _days([{"dateTime": self._dates.pop()}])


def _lines(answer: object, unnamed: _Unnamed) -> Iterator[str]:
    if not isinstance(answer, dict):
        raise _misplaced()
    others = [child for name, child in answer.items() if name not in (DAYS, SERIES)]
    if contains_key(others, frozenset({DAYS, SERIES})):
        raise _misplaced()
    series = answer.get(SERIES)
    if series is None:
        # For example an error of the API, or another series.
        yield rejected(answer, "no intraday heart rate in this answer")
        return
    if not isinstance(series, dict) or not isinstance(series.get(ROWS), list):
        raise _misplaced()
    others = [child for name, child in series.items() if name != ROWS]
    if contains_key(others, frozenset({"time"})):
        raise _misplaced()
    rows = series[ROWS]
    days = _days(answer.get(DAYS))
    yield from _rows(days or unnamed.days() if rows else days, rows)


def _limits(answer: object) -> Iterator[ZoneLimits]:
    """The limits of the wearer's zones on the days that an answer names, where it has them."""
    days = answer.get(DAYS) if isinstance(answer, dict) else None
    for day in days if isinstance(days, list) else []:
        if not isinstance(day, dict):
            continue
        value = day.get("value")
        zones = value.get(ZONES) if isinstance(value, dict) else day.get(ZONES)
        begins = {
            ZONE_TYPES.get(str(zone.get("name")), ""): zone.get("min")
            for zone in (zones if isinstance(zones, list) else [])
            if isinstance(zone, dict)
        }
        try:
            limits = zone_limits(_days([day])[0], begins) if begins else None
        except BadFileError:
            # The answer has no series, or its day would have been understood: it is rejected alone.
            continue
        if limits is not None and limits.is_of_a_day:
            yield limits


def _days(days: object) -> list[date]:
    """The days that an answer names."""
    found = []
    for day in days if isinstance(days, list) else []:
        text = day.get("dateTime") if isinstance(day, dict) else None
        named = DAY.fullmatch(text) if isinstance(text, str) else None
        if named is None:
            raise BadFileError(f"its day is not understood: {str(text)[:60]!r}", COPY_AGAIN)
        try:
            found.append(date.fromisoformat(named[1]))
        except ValueError as error:
            raise BadFileError(f"its day doesn't exist: {named[1]!r}", COPY_AGAIN) from error
    return found


def _rows(days: list[date], rows: list[object]) -> Iterator[str]:
    midnights = 0
    before = 0
    for row in rows:
        fields = row if isinstance(row, dict) else {}
        if len(fields) != 2 and contains_key(list(fields.values()) or row, frozenset({"time"})):
            raise _misplaced()
        time, value = fields.get("time"), fields.get("value")
        found = TIME.fullmatch(time) if isinstance(time, str) else None
        if found is None:
            missing = time is None or time == ""
            yield rejected(row, "no timestamp" if missing else "timestamp not understood")
            continue
        minute = int(found[1]) * 60 + int(found[2])
        midnights += before - minute > HALF_A_DAY
        before = minute
        if midnights > max(1, len(days) - 1):
            raise BadFileError(f"its times go back over midnight {midnights} times", COPY_AGAIN)
        clock = f"{days[0] + timedelta(days=midnights)} {time}"
        if type(value) is int or (type(value) is float and math.isfinite(value)):
            yield reading(clock, value)
        else:
            yield record(clock, value, raw=row)


def _misplaced() -> BadFileError:
    return BadFileError("its heart rate isn't where a Web API answer has it", COPY_AGAIN)


READER = Reader(
    name="intraday json",
    rank=300,
    expected='{"activities-heart": …, "activities-heart-intraday": …}, one or several (Web API)',
    times="local",
    lines=False,
    claims=_claims,
    relation=RELATION,
    rewrite=_rewrite,
)
