"""Deliberately faulty heart-rate files for the tests.

Three kinds:

* `BAD_LINES`: single lines that aren't readings; a loader rejects each and keeps the rest.
* `ODD_LINES`: single lines that look unusual but are readings.
* Functions that change an existing hr.csv in place. They take its path, and a `random.Random`
  if there is something to choose; they return what they did, for the test to check.

Lines are bytes without their newline. A file's first line is its header and is never chosen.
The file is read into memory, so use this for files of megabytes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

TIMESTAMP_LENGTH = len("2024-01-01 00:00:00")

# DuckDB's CSV reader stops at lines longer than 2,000,000 bytes by default.
OVER_LONG = 2_100_000


@dataclass(frozen=True)
class Fault:
    """A line that isn't a reading. `reason_hint` is a word in a good rejection reason."""

    name: str
    raw_line: bytes = field(repr=False)
    reason_hint: str


@dataclass(frozen=True)
class OddLine:
    """A line in an unusual spelling that is a reading of `value` bpm."""

    name: str
    raw_line: bytes
    value: float


@dataclass(frozen=True)
class Replaced:
    """A row that was replaced by another; `line_number` counts from 1, including the header."""

    line_number: int
    before: bytes
    after: bytes


BAD_LINES = [
    Fault("timestamp in words", b"yesterday at noon,61.2034", "timestamp"),
    Fault("timestamp empty", b",61.2034", "timestamp"),
    Fault("thirteenth month", b"2024-13-01 12:00:00,61.2034", "timestamp"),
    Fault("30 February", b"2024-02-30 12:00:00,61.2034", "timestamp"),
    Fault("hour 25", b"2024-01-01 25:00:00,61.2034", "timestamp"),
    Fault("value in words", b"2024-01-01 12:00:00,resting", "value"),
    Fault("value empty", b"2024-01-01 12:00:00,", "value"),
    Fault("value NaN", b"2024-01-01 12:00:00,NaN", "value"),
    Fault("value infinite", b"2024-01-01 12:00:00,inf", "value"),
    Fault("value minus infinite", b"2024-01-01 12:00:00,-Infinity", "value"),
    Fault("value 0", b"2024-01-01 12:00:00,0", "range"),
    Fault("value negative", b"2024-01-01 12:00:00,-5", "range"),
    Fault("value 301", b"2024-01-01 12:00:00,301", "range"),
    Fault("too few columns", b"2024-01-01 12:00:00", "columns"),
    Fault("too many columns", b"2024-01-01 12:00:00,61.2034,3", "columns"),
    Fault("decimal comma", b"2024-01-01 12:00:00,61,2034", "columns"),
    Fault("quote never closed", b'2024-01-01 12:00:00,"61.2034', "quote"),
    Fault("header repeated", b"timestamp,value", "timestamp"),
    Fault("bad UTF-8", b"2024-01-01 12:00:00,61.2\xff34", "UTF-8"),
    Fault("NUL byte", b"2024-01-01 12:00:00,61.2\x0034", "NUL"),
    Fault("over-long line", b"2024-01-01 12:00:00," + b"6" * OVER_LONG, "long"),
]

ODD_LINES = [
    OddLine("no decimals", b"2024-01-01 12:00:00,61", 61.0),
    OddLine("one decimal", b"2024-01-01 12:00:00,65.0", 65.0),
    OddLine("four decimals", b"2024-01-01 12:00:00,101.4608", 101.4608),
    OddLine("value quoted", b'2024-01-01 12:00:00,"61.2034"', 61.2034),
    OddLine("both quoted", b'"2024-01-01 12:00:00","61.2034"', 61.2034),
]


def insert_line(path: Path, line: bytes, rng: random.Random) -> int:
    """Insert `line` (for example of `BAD_LINES`) between random rows; returns its line number.

    It is never the last line, so that a row that must survive follows it.
    """
    lines = _read(path)
    place = rng.randrange(1, len(lines))
    lines.insert(place, line)
    _write(path, lines)
    return place + 1


def withhold_rows(path: Path, count: int, rng: random.Random) -> list[bytes]:
    """Remove `count` random rows from the file, as if they hadn't arrived yet; returns them.

    The last row stays, so that every withheld row is late when it is restored.
    """
    lines = _read(path)
    chosen = set(rng.sample(range(1, len(lines) - 1), count))
    _write(path, [line for place, line in enumerate(lines) if place not in chosen])
    return [lines[place] for place in sorted(chosen)]


def append_rows(path: Path, rows: Iterable[bytes]) -> None:
    """Append rows to the file; its earlier bytes stay unchanged."""
    with path.open("ab") as file:
        file.writelines(row + b"\n" for row in rows)


def append_late_rows(path: Path, count: int, rng: random.Random) -> list[bytes]:
    """Move `count` random rows to the end of the file, after later ones; returns them."""
    rows = withhold_rows(path, count, rng)
    append_rows(path, rows)
    return rows


def forget_day(path: Path, day: date | None = None) -> list[bytes]:
    """Remove one UTC day from the file, by default the middle one; returns the day's rows."""
    header, *rows = _read(path)
    days = sorted({row[:10] for row in rows})
    forgotten = day.isoformat().encode() if day else days[len(days) // 2]
    _write(path, [header, *(row for row in rows if row[:10] != forgotten)])
    return [row for row in rows if row[:10] == forgotten]


def insert_rows(path: Path, rows: Iterable[bytes]) -> None:
    """Insert rows (withheld or forgotten ones) in time order; sorts the entire file."""
    header, *present = _read(path)
    _write(path, [header, *sorted([*present, *rows], key=_timestamp)])


def correct_in_place(path: Path, rng: random.Random) -> Replaced:
    """Change one digit of one value; the file's length and modification time stay the same."""
    times = path.stat()
    lines = _read(path)
    place = rng.randrange(1, len(lines))
    before = lines[place]
    lines[place] = _other_value(before)
    _write(path, lines)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return Replaced(place + 1, before, lines[place])


def repeat_reading(path: Path, rng: random.Random, *, other_value: bool) -> Replaced:
    """Duplicate a random row, with an equal or a different value.

    Returns both rows and the line number of the second one, which wins.
    """
    lines = _read(path)
    place = rng.randrange(1, len(lines))
    first = lines[place]
    second = _other_value(first) if other_value else first
    lines.insert(place + 1, second)
    _write(path, lines)
    return Replaced(place + 2, first, second)


def shuffle_rows(path: Path, rng: random.Random) -> None:
    """Put all rows in random order."""
    header, *rows = _read(path)
    rng.shuffle(rows)
    _write(path, [header, *rows])


def cut_last_newline(path: Path) -> bytes:
    """Remove the newline of the last row, as if it were still being written; returns the row."""
    lines = _read(path)
    path.write_bytes(b"\n".join(lines))
    return lines[-1]


def cut_last_row(path: Path, rng: random.Random) -> bytes:
    """Truncate the last row at a random byte, like a killed writer; returns the remaining part."""
    *lines, last = _read(path)
    left = last[: rng.randrange(1, len(last))]
    path.write_bytes(b"\n".join([*lines, left]))
    return left


def add_title_line(path: Path, title: bytes = b"Heart rate of one participant") -> None:
    """Insert a title line above the header."""
    path.write_bytes(title + b"\n" + path.read_bytes())


def add_byte_order_mark(path: Path) -> None:
    """Start the file with a UTF-8 byte order mark, as spreadsheets do."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def add_blank_last_line(path: Path) -> None:
    """End the file with an empty line."""
    append_rows(path, [b""])


def use_crlf(path: Path) -> None:
    r"""End every line with \r\n."""
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def use_tabs(path: Path) -> None:
    """Replace every comma by a tab."""
    path.write_bytes(path.read_bytes().replace(b",", b"\t"))


def quote_values(path: Path) -> None:
    """Put the value of every row between double quotes."""
    header, *rows = _read(path)
    quoted = [_timestamp(row) + b',"' + row[TIMESTAMP_LENGTH + 1 :] + b'"' for row in rows]
    _write(path, [header, *quoted])


def _read(path: Path) -> list[bytes]:
    """The file's lines without their newlines."""
    return path.read_bytes().removesuffix(b"\n").split(b"\n")


def _write(path: Path, lines: Iterable[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def _timestamp(row: bytes) -> bytes:
    return row[:TIMESTAMP_LENGTH]


def _other_value(row: bytes) -> bytes:
    """The row with another last digit: equally long, and a different number."""
    return row[:-1] + (b"7" if row.endswith(b"3") else b"3")
