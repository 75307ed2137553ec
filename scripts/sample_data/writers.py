"""Writes the layouts that have any number of days in one file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from scripts.sample_data.columns import (
    clock,
    four_digits,
    joined,
    numbers,
    twelve_hour_clock,
    whole_numbers,
)
from scripts.sample_data.places import Chunk, Folder, Written
from scripts.sample_data.signal import DayReadings

TAIL_BYTES = 4_096


@dataclass(frozen=True)
class Layout:
    """A file format: its header, and the function that turns a day of readings into rows."""

    name: str
    header: bytes
    rows: Callable[[DayReadings], bytes]


def hr_rows(readings: DayReadings) -> bytes:
    """`2024-01-01 00:00:00,61.2034`: naive timestamps meaning UTC, four decimals, LF."""
    integer, fraction = np.divmod(np.rint(readings.bpm * 10_000).astype(np.int64), 10_000)
    return joined(
        len(readings.seconds),
        f"{readings.day.isoformat()} ".encode(),
        clock()[readings.seconds],
        b",",
        numbers()[integer],
        b".",
        four_digits()[fraction],
        b"\n",
    )


def fitabase_rows(readings: DayReadings) -> bytes:
    r"""`P001,4/12/2016 7:21:00 AM,97`: months first, the study's local time, integer bpm, CRLF."""
    day = readings.day
    return joined(
        len(readings.seconds),
        f"{readings.participant},{day.month}/{day.day}/{day.year} ".encode(),
        twelve_hour_clock()[readings.seconds],
        b",",
        whole_numbers(readings.bpm),
        b"\r\n",
    )


HR = Layout("hr", b"timestamp,value\n", hr_rows)
FITABASE = Layout("fitabase", b"Id,Time,Value\r\n", fitabase_rows)


def content(layout: Layout, days: Iterable[DayReadings]) -> Iterator[Chunk]:
    """A file's content, one day at a time."""
    yield Chunk(layout.header)
    for readings in days:
        yield Chunk(layout.rows(readings), len(readings.seconds))


def write(path: Path, layout: Layout, days: Iterable[DayReadings]) -> Written:
    """Write a file, which gets its name only when it is complete."""
    return Folder(path.parent).put(path.name, content(layout, days))


def append(path: Path, layout: Layout, days: Iterable[DayReadings]) -> Written:
    """Append days to an existing file; its content stays unchanged."""
    written = Written()
    with path.open("ab") as file:
        for readings in days:
            size = file.write(layout.rows(readings))
            written = Written(written.rows + len(readings.seconds), written.size + size)
    return written


def last_day(path: Path) -> date:
    """The UTC day of an hr.csv's last row; ValueError if that row is incomplete."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    if not tail.endswith(b"\n"):
        raise ValueError(f"{path} does not end with a newline")
    last_line = tail[:-1].rpartition(b"\n")[2]
    return date.fromisoformat(last_line[:10].decode("ascii", "replace"))
