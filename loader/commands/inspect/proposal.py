"""Propose a ``format.yml`` for a CSV file that no reader understands, by its names and content."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loader.find.data_files import DataFile
from loader.find.folder_formats import NAME
from loader.readers.base import header_lines
from loader.readers.generic_csv import (
    DAY_AND_MONTH,
    EPOCH,
    INSTANT,
    LOCAL,
    NUMBER,
    TIMES,
    line_fields,
)
from loader.readers.quantity_in_name import other_quantity, quantity_in_name

ROWS = 50
"""How many rows are looked at."""

UNDECIDED = "# ? "
"""Before a line to be decided by a person; the rest is then a setting."""

DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d?([/.])\d\d?\1(\d\d|\d{4})", re.ASCII)
CLOCK = re.compile(r"\d\d?:\d\d(:\d\d)?( [AP]M)?", re.ASCII | re.IGNORECASE)
DAY_AND_MONTH_FIRST = re.compile(r"(\d\d?)[/.](\d\d?)[/.]")

HEART = re.compile(r"heart|herz|card|puls|bpm|\bhr\b", re.IGNORECASE)
PERSON = re.compile(r"^(id|who)$|participant|subject|proband|patient|person|user", re.IGNORECASE)
CONFIDENCE = re.compile("confidence", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A column: its name, and its values in the first rows that have one."""

    name: str
    values: Sequence[str]

    def is_all(self, fits: Callable[[str], object]) -> bool:
        """Whether nearly all of its values fit."""
        fitting = sum(bool(fits(value)) for value in self.values)
        return fitting > 0 and fitting >= 0.8 * len(self.values)

    @property
    def is_time(self) -> bool:
        """Whether its values are times."""
        forms = (INSTANT, LOCAL, DAY_AND_MONTH, EPOCH)
        return any(self.is_all(form.fullmatch) for form in forms)

    @property
    def may_be_heart_rate(self) -> bool:
        """Whether its values may be heart rates, and its name is of no other quantity."""
        return self.is_all(_is_bpm) and not other_quantity(self.name)

    @property
    def may_be_participant(self) -> bool:
        """Whether its values repeat from row to row, as those of a participant's readings do."""
        repeats = 0 < 2 * len(set(self.values)) <= len(self.values)
        return repeats and not other_quantity(self.name)


def propose(file: DataFile, head: bytes) -> list[str]:
    """The lines of a ``format.yml``; none if the file doesn't look like a table of heart rates."""
    if quantity_in_name(file.name) or b"\0" in head:
        return []
    for columns in _tables(head):
        times = _times(columns)
        values = [column for column in columns if column.may_be_heart_rate and column not in times]
        if times and values:
            return _lines(file, columns, times, _named(values, HEART))
    return []


def folder_of(file: DataFile) -> str:
    """The name of the ``format.yml`` next to a file, or to the archive that contains it."""
    folder = file.lineage[0].name.rpartition("/")[0]
    return f"{folder}/{NAME}" if folder else NAME


def _tables(head: bytes) -> list[list[Column]]:
    """The file as a table, for each line and delimiter that may be its header."""
    tables = []
    for line in header_lines(head):
        names = line.names
        rows = [
            line_fields(row.decode("utf-8", "replace").rstrip("\r"), line.delimiter)
            for row in head[line.offset :].split(b"\n", ROWS)[:ROWS]
        ]
        whole = [row for row in rows if len(row) == len(names)]
        if len(names) > 1 and whole and not any(map(_is_bpm, names)):
            stripped = ([_unquoted(field) for field in row] for row in whole)
            tables.append(
                [
                    Column(name, [value for value in values if value])
                    for name, values in zip(names, zip(*stripped, strict=True), strict=True)
                    if name
                ]
            )
    return tables


def _times(columns: Sequence[Column]) -> list[Column]:
    """The columns that may be the time: several alternatives, or one date and one clock."""
    times = [column for column in columns if column.is_time]
    called = [column for column in times if re.sub("[_-]", " ", column.name.lower()) in TIMES]
    if times:
        return called if len(called) == 1 else times
    date = [column for column in columns if column.is_all(DATE.fullmatch)]
    clock = [column for column in columns if column.is_all(CLOCK.fullmatch)]
    return [date[0], clock[0]] if len(date) == len(clock) == 1 else []


def _named(columns: Sequence[Column], pattern: re.Pattern[str]) -> Sequence[Column]:
    """The one column that is called so; all of them if it isn't one."""
    named = [column for column in columns if pattern.search(column.name)]
    return named if len(named) == 1 else columns


def _lines(
    file: DataFile, columns: Sequence[Column], times: Sequence[Column], values: Sequence[Column]
) -> list[str]:
    is_split = times[0].is_all(DATE.fullmatch)
    roles = [("date", times[:1]), ("time", times[1:])] if is_split else [("timestamp", times)]
    taken = [*times, *values]
    others = [column for column in columns if column not in taken]
    confidence = [column for column in others if CONFIDENCE.search(column.name)]
    named = [column for column in others if PERSON.search(column.name)]
    unnamed = [
        column
        for column in others
        if not named and column not in confidence and column.may_be_participant
    ]
    roles += [("value", values), ("participant", named or unnamed), ("confidence", confidence)]
    lines = ["columns:"]
    for role, found in roles:
        # Without a name that says so, a person decides: otherwise several people would become one.
        mark = "" if len(found) == 1 and found != unnamed else UNDECIDED
        lines += [f"  {mark}{role}: {json.dumps(each.name, ensure_ascii=False)}" for each in found]
    return [*lines, *_time_lines(file, times[0]), *_other_lines(file)]


def _time_lines(file: DataFile, time: Column) -> list[str]:
    """The settings without which the times aren't understood."""
    if time.is_all(INSTANT.fullmatch):
        return []
    if time.is_all(NUMBER.fullmatch):
        digits = len(time.values[0].partition(".")[0])
        return [f"unit: {'milliseconds' if digits == 13 else 'seconds'}"]
    zone = file.settings.zone
    lines = [f"zone: {zone}" if zone else f"{UNDECIDED}zone: Europe/Berlin"]
    dates = [found for value in time.values if (found := DAY_AND_MONTH_FIRST.match(value))]
    if not dates:
        return lines
    day_first = any(int(found[1]) > 12 for found in dates)
    month_first = any(int(found[2]) > 12 for found in dates)
    mark = UNDECIDED if day_first == month_first else ""
    return [*lines, f"{mark}day_first: {'false' if month_first else 'true'}"]


def _other_lines(file: DataFile) -> list[str]:
    """The other settings of the format.yml that counts now."""
    prefer = file.settings.prefer
    return [f"prefer: {json.dumps(prefer, ensure_ascii=False)}"] if prefer else []


def _is_bpm(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None and 25 <= float(text.replace(",", ".")) <= 250


def _unquoted(field: str) -> str:
    return field.strip().removeprefix('"').removesuffix('"').strip()
