"""Local-time histories over a change of the clock, whose true instants are known, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from loader.compare.deduplicate import days, deduplicate, readings_of_day
from loader.find.data_files import discover
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.find.recognition import recognise_file
from loader.ledger.row_counts import DoubtfulTimes
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from tests.formats import shapes

CHANGES = {
    "Berlin, autumn": ("Europe/Berlin", datetime(2024, 10, 27, 1)),
    "Berlin, spring": ("Europe/Berlin", datetime(2024, 3, 31, 1)),
    "New York, autumn": ("America/New_York", datetime(2024, 11, 3, 6)),
    "New York, spring": ("America/New_York", datetime(2024, 3, 10, 7)),
    # By half an hour, in the southern hemisphere.
    "Lord Howe, autumn": ("Australia/Lord_Howe", datetime(2024, 4, 6, 15)),
    "Lord Howe, spring": ("Australia/Lord_Howe", datetime(2024, 10, 5, 15, 30)),
    # Half an hour off the full hours.
    "Adelaide, autumn": ("Australia/Adelaide", datetime(2024, 4, 6, 16, 30)),
    # The hour before midnight is repeated, so that the date steps back too; the hour after it is
    # left out.
    "Santiago, autumn": ("America/Santiago", datetime(2024, 4, 7, 3)),
    "Havana, autumn": ("America/Havana", datetime(2024, 11, 3, 5)),
    "Havana, spring": ("America/Havana", datetime(2024, 3, 10, 5)),
    "Azores, autumn": ("Atlantic/Azores", datetime(2024, 10, 27, 1)),
    "Azores, spring": ("Atlantic/Azores", datetime(2024, 3, 31, 1)),
    # No summer time: the country moved to another zone.
    "Moscow, for good": ("Europe/Moscow", datetime(2014, 10, 25, 22)),
    "Caracas, for good": ("America/Caracas", datetime(2016, 5, 1, 7)),
    # A whole day was left out.
    "Apia, for good": ("Pacific/Apia", datetime(2011, 12, 30, 10)),
}
"""By name: a zone, and the instant (UTC) at which its offset changes."""

Table = dict[tuple[str, datetime], float]
"""By participant and instant, the value."""


@dataclass(frozen=True)
class Row:
    """What a wall clock showed, and a value."""

    clock: datetime
    value: float
    participant: str = "P1"


def rows_around(
    change: str, *, step: timedelta, reach: timedelta, participant: str = "P1"
) -> list[Row]:
    """Rows in real time from ``reach`` before a change to as long after it, no value twice."""
    zone, instant = CHANGES[change]
    return [
        Row(_clock(instant - reach + n * step, zone), round(50 + n / 100, 2), participant)
        for n in range(2 * reach // step)
    ]


def _clock(instant: datetime, zone: str) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def fitabase(rows: Sequence[Row]) -> str:
    """The rows as Fitabase writes them."""
    lines = (
        f"{row.participant},{shapes.twelve_hours(row.clock)},{row.value:g}\r\n" for row in rows
    )
    return "Id,Time,Value\r\n" + "".join(lines)


def write(data: Path, name: str, rows: Sequence[Row]) -> Path:
    """Write a Fitabase file below ``data``."""
    path = data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(fitabase(rows).encode())
    return path


def pieces(rows: Sequence[Row], cuts: Sequence[int]) -> list[Sequence[Row]]:
    """The rows cut before each of these places; no piece is empty."""
    edges = sorted({0, len(rows), *(cut % len(rows) for cut in cuts)})
    return [rows[start:stop] for start, stop in pairwise(edges)]


def read_folder(data: Path, zone: str, scratch_dir: Path) -> tuple[Table, DoubtfulTimes]:
    """What all files below ``data`` give, by the loader's own reading and without a server."""
    scratch_dir.mkdir(exist_ok=True)
    with Opener() as opener, Scratch(scratch_dir, "256MB") as scratch:
        parts = []
        for file in discover(data).files:
            with opener.open(file) as opened:
                layout = recognise_file(file, opened.head)
            assert layout is not None
            parts.append(Part.of_whole_file(file, layout, Owner("P1", True, ""), None, file.size))
        read = read_parts(scratch, opener, parts, Zones({}, zone), lambda done: None)
        assert not read.faults
        times = deduplicate(scratch)
        table = {
            (who, instant): value
            for who, day, *_ in days(scratch)
            for instant, value, _ in readings_of_day(scratch, who, day)
        }
        return table, times
