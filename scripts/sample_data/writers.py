"""The file layouts that readings are written in, and the writing itself.

A layout turns one day of readings into bytes. Its rows are laid out in a fixed-width table of
characters with a NUL wherever a row has no character (`61.2034` beside `101.4608`), and the NULs
are then deleted: no Python code runs per row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scripts.sample_data.signal import DAY, HOUR, MINUTE, DayReadings

Texts: TypeAlias = NDArray[np.bytes_]

TAIL_BYTES = 4_096


@dataclass(frozen=True)
class Layout:
    """A file format: its first line, and how a day of readings becomes its rows."""

    name: str
    header: bytes
    rows: Callable[[DayReadings], bytes]


@dataclass(frozen=True)
class Written:
    """What one call of `write` put into a file."""

    rows: int
    size: int


def hr_rows(readings: DayReadings) -> bytes:
    """`2024-01-01 00:00:00,61.2034`: naive timestamps meaning UTC, four decimals, LF."""
    whole, fraction = np.divmod(np.rint(readings.bpm * 10_000).astype(np.int64), 10_000)
    return _joined(
        len(readings.seconds),
        f"{readings.day.isoformat()} ".encode(),
        _clock()[readings.seconds],
        b",",
        _numbers()[whole],
        b".",
        _four_digits()[fraction],
        b"\n",
    )


def fitabase_rows(readings: DayReadings) -> bytes:
    r"""`P001,4/12/2016 7:21:00 AM,97`: months first, the study's local time, whole bpm, CRLF."""
    day = readings.day
    return _joined(
        len(readings.seconds),
        f"{readings.participant},{day.month}/{day.day}/{day.year} ".encode(),
        _twelve_hour_clock()[readings.seconds],
        b",",
        _numbers()[np.rint(readings.bpm).astype(np.int64)],
        b"\r\n",
    )


HR = Layout("hr", b"timestamp,value\n", hr_rows)
FITABASE = Layout("fitabase", b"Id,Time,Value\r\n", fitabase_rows)
LAYOUTS = {layout.name: layout for layout in (HR, FITABASE)}


def write(path: Path, layout: Layout, days: Iterable[DayReadings]) -> Written:
    """Write a whole file; it appears under its name only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(layout.header)
            rows = _write_days(file.write, layout, days)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Written(rows, path.stat().st_size)


def append(path: Path, layout: Layout, days: Iterable[DayReadings]) -> Written:
    """Add days to the end of an existing file, leaving what it holds untouched."""
    with path.open("ab") as file:
        before = file.tell()
        rows = _write_days(file.write, layout, days)
        return Written(rows, file.tell() - before)


def last_day(path: Path) -> date:
    """The UTC day of an hr.csv's last row; ValueError where that row is not whole."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    if not tail.endswith(b"\n"):
        raise ValueError(f"{path} does not end with a newline")
    last_line = tail[:-1].rpartition(b"\n")[2]
    return date.fromisoformat(last_line[:10].decode("ascii", "replace"))


def _write_days(put: Callable[[bytes], int], layout: Layout, days: Iterable[DayReadings]) -> int:
    rows = 0
    for readings in days:
        put(layout.rows(readings))
        rows += len(readings.seconds)
    return rows


def _joined(count: int, *fields: bytes | Texts) -> bytes:
    """`count` rows: each field is the same text in every row, or one text a row."""
    widths = [len(field) if isinstance(field, bytes) else field.itemsize for field in fields]
    table = np.empty((count, sum(widths)), dtype=np.uint8)
    left = 0
    for field, width in zip(fields, widths, strict=True):
        column = table[:, left : left + width]
        if isinstance(field, bytes):
            column[:] = np.frombuffer(field, dtype=np.uint8)
        else:
            column[:] = field.view(np.uint8).reshape(count, width)
        left += width
    return table.tobytes().translate(None, b"\0")


@cache
def _numbers() -> Texts:
    """`0` to `999`, NUL after the shorter ones."""
    return np.array([str(n).encode() for n in range(1_000)])


@cache
def _four_digits() -> Texts:
    """`0000` to `9999`."""
    return np.array([b"%04d" % n for n in range(10_000)])


@cache
def _clock() -> Texts:
    """`00:00:00` to `23:59:59`, one a second."""
    return np.array(
        [b"%02d:%02d:%02d" % (s // HOUR, s // MINUTE % 60, s % MINUTE) for s in range(DAY)]
    )


@cache
def _twelve_hour_clock() -> Texts:
    """`12:00:00 AM` to `11:59:59 PM`, one a second."""
    return np.array(
        [
            b"%d:%02d:%02d %s"
            % (
                (s // HOUR - 1) % 12 + 1,
                s // MINUTE % 60,
                s % MINUTE,
                b"AM" if s < DAY // 2 else b"PM",
            )
            for s in range(DAY)
        ]
    )
