"""CSV files of other programs: a time and a heart rate, under the names that people give them.

The time is one column (``datetime``, ``time`` or ``timestamp``) or two (``date,time``), the heart
rate is called ``value``, ``heart_rate``, ``bpm`` or ``beatsPerMinute``. The first rows decide which
of two readers reads the file: times with Z, an offset, or in seconds since 1970 are instants
(``csv_instants.py``); other times are the wearer's local times (``csv_local.py``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loader.readers.base import DELIMITERS, LONGEST_HEADER, TITLE_LINES, Layout, Reader
from loader.readers.takeout_csv import RESTING_RATE

ROWS_CHECKED = 20
"""The first of these rows whose time is understood decides; the rows before it may be damaged."""

INDEX = frozenset({"", "index", "unnamed: 0"})
"""Names of a first column that numbers the rows, as pandas writes it."""

TIMES = frozenset({"datetime", "date time", "time", "timestamp"})
HEART_RATES = frozenset({"value", "heart rate", "heartrate", "bpm", "beatsperminute"})

UNSPECIFIC = ("time", "value")
"""Fitabase exports any quantity under these names."""

IN_UTC = frozenset({("timestamp", "value"), ("timestamp", "heart rate")})
"""The columns of hr.csv, whose times are in UTC; here only with an index."""

OF_OTHERS = IN_UTC | {UNSPECIFIC, ("time", "beatsperminute")}
"""Headers without an index that another reader has, or none."""

OTHER_QUANTITY = re.compile(
    r"step|calor|distance|sleep|spo2|oxygen|saturation|hrv|variab|temperature|weight|glucose"
    r"|elevation|floor|altitude|intensit|breath|respirat|speed|cadence|power",
    re.IGNORECASE,
)
"""In the name of a file whose column ``value`` has something else."""

DATE_AND_CLOCK = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
LOCAL = re.compile(DATE_AND_CLOCK, re.ASCII)
INSTANT = re.compile(DATE_AND_CLOCK + r"(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
EPOCH = re.compile(r"\d{10}([.,]\d{1,9})?|\d{13}", re.ASCII)


@dataclass(frozen=True)
class Header:
    """A header line.

    Attributes:
        delimiter: the column separator.
        roles: what each column is, for the macros: ``index``, ``date``, ``time`` or ``utc`` (a time
            that is in UTC even without Z), and ``value``.
        offset: the byte after the line.
        number: the number of the line.
    """

    delimiter: str
    roles: tuple[str, ...]
    offset: int
    number: int


def claims_times(reader: Reader, head: bytes, name: str) -> Layout | None:
    """The layout of a file whose first times are of the reader's kind."""
    header = _header(head, name.rsplit("/", 1)[-1])
    decided = _decide(header, head) if header else None
    if header is None or decided is None or decided[0] != reader.times:
        return None
    layout = Layout(reader, header.delimiter, len(header.roles), header.offset, header.number)
    return replace(layout, roles=header.roles, decided=decided[1])


def _header(head: bytes, name: str) -> Header | None:
    if RESTING_RATE.search(name):
        return None
    offset = 0
    for number, line in enumerate(head.split(b"\n", TITLE_LINES + 1)[: TITLE_LINES + 1], start=1):
        offset += len(line) + 1
        if len(line) > LONGEST_HEADER:
            continue
        for delimiter in DELIMITERS:
            roles = _roles(_names(line, delimiter), name)
            if roles:
                return Header(delimiter, roles, offset, number)
    return None


def _names(line: bytes, delimiter: str) -> list[str]:
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip(" \r").lower()
    names = [name.strip(" ").strip('"').strip(" ") for name in text.split(delimiter)]
    return [re.sub("[_-]", " ", name) for name in names]


def _roles(names: list[str], file_name: str) -> tuple[str, ...]:
    """The roles of the columns; empty if they aren't those of a heart rate."""
    has_index = len(names) > 2 and names[0] in INDEX
    columns = tuple(names[has_index:])
    if columns[-1] not in HEART_RATES or columns == UNSPECIFIC:
        return ()
    if columns[-1] == "value" and OTHER_QUANTITY.search(file_name):
        return ()
    if not has_index and columns in OF_OTHERS:
        return ()
    index = ("index",) if has_index else ()
    if columns[:-1] == ("date", "time"):
        return (*index, "date", "time", "value")
    if len(columns) != 2 or columns[0] not in TIMES:
        return ()
    return (*index, "utc" if columns in IN_UTC else "time", "value")


def _decide(header: Header, head: bytes) -> tuple[str, str] | None:
    """The kind of the first time that is understood, as in ``Reader.times``, and why."""
    for text in _times(header, head):
        if INSTANT.fullmatch(text):
            return "UTC", f"instants, because the first time ({text}) has Z or an offset"
        if EPOCH.fullmatch(text) and "date" not in header.roles:
            return "UTC", f"instants, because the first time ({text}) counts from 1970"
        if LOCAL.fullmatch(text) and "utc" in header.roles:
            return "UTC", "instants in UTC, because the columns are called as in hr.csv"
        if LOCAL.fullmatch(text):
            return "local", f"local times, because the first time ({text}) has no Z and no offset"
    return None


def _times(header: Header, head: bytes) -> Iterator[str]:
    """The texts of the first times, of lines with all columns: a cut line may lack an offset."""
    first = 1 if header.roles[0] == "index" else 0
    for line in head[header.offset :].split(b"\n", ROWS_CHECKED)[:ROWS_CHECKED]:
        fields = line[:LONGEST_HEADER].decode("utf-8", "replace").split(header.delimiter)
        if len(fields) == len(header.roles):
            yield " ".join(map(_unquoted, fields[first:-1]))


def _unquoted(field: str) -> str:
    text = field.strip(" ")
    return text[1:-1] if re.fullmatch('"[^"]*"', text) else text
