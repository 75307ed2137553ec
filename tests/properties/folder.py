"""The files as a list of lines each: what the disk holds, and what it means without any parsing."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

HEADER = "timestamp,value\n"
DEVICE_HEADER = "timestamp,beats per minute,data source\n"
"""Takeout's, whose rows name a device."""

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("2024/hr.csv", "B.csv", "hr.csv")
"""In the order in which they win: the last one."""

VALUES = (61.5, 62.0, 63.5)
"""Written with equally many digits, so that a correction in place keeps the size."""

BAD_TEXTS = ("yesterday,61.5", "2024-01-01 00:00:00,", "2024-01-01 00:00:01,NaN", "61.5")


@dataclass(frozen=True)
class Line:
    """A line's text, and the reading that it was made from; None where it holds none."""

    text: str
    instant: datetime | None = None
    value: float = 0.0
    device: str = ""

    @property
    def is_row(self) -> bool:
        return self.text.strip() != ""


def reading(day: int, second: int, value: float, spelling: int = 0) -> Line:
    """A line in one of the spellings that hold a reading."""
    instant = FIRST_DAY + timedelta(days=day, seconds=second)
    abroad = instant + timedelta(hours=2)
    text = (
        f"{instant:%Y-%m-%d %H:%M:%S},{value}",
        f'"{instant:%Y-%m-%d %H:%M:%S}","{value}"',
        f"{instant:%Y-%m-%dT%H:%M:%SZ},{value}",
        f"{abroad:%Y-%m-%d %H:%M:%S+02:00},{value}",
    )[spelling]
    return Line(text, instant, value)


def device_reading(day: int, second: int, value: float, device: str) -> Line:
    """A line of Takeout's CSV; the device may be empty."""
    instant = FIRST_DAY + timedelta(days=day, seconds=second)
    return Line(f"{instant:%Y-%m-%dT%H:%M:%SZ},{value},{device}", instant, value, device)


@dataclass
class File:
    """One file: whole lines, and maybe a last one that is still being written."""

    lines: list[Line]
    half: Line | None = None
    half_when_whole: Line | None = None
    modified_ns: int = 0
    times_written: int = 0
    header: str = HEADER

    @property
    def text(self) -> str:
        half = self.half.text if self.half else ""
        return self.header + "".join(f"{line.text}\n" for line in self.lines) + half

    @property
    def status(self) -> tuple[int, int, int]:
        """What an unchanged file is known by; each writing gives it another change time."""
        return len(self.text), self.modified_ns, self.times_written

    @property
    def is_refused(self) -> bool:
        """A header alone is no export; of Takeout it is a day without readings."""
        return self.text == HEADER

    def complete(self) -> None:
        """The writer ends its last line."""
        if self.half_when_whole is not None:
            self.lines.append(self.half_when_whole)
        self.half = self.half_when_whole = None


@dataclass
class Folder:
    """``data/``, on the disk and as the model sees it."""

    root: Path
    header: str = HEADER
    files: dict[str, File] = field(default_factory=dict)
    away: dict[str, File] = field(default_factory=dict)
    _clock: int = 1_700_000_000_000_000_000

    def save(self, name: str, *, keep_time: bool = False) -> None:
        """Write a file as the model has it."""
        file = self.files[name]
        if not keep_time:
            self._clock += 1_000_000_000
            file.modified_ns = self._clock
        file.times_written += 1
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
        os.utime(path, ns=(file.modified_ns, file.modified_ns))

    def put(self, name: str, lines: Iterable[Line]) -> None:
        """Make a file, or write it anew."""
        self.files[name] = File(list(lines), header=self.header)
        self.save(name)

    def take_away(self, name: str) -> None:
        self.away[name] = self.files.pop(name)
        (self.root / name).unlink()

    def bring_back(self, name: str) -> None:
        """Put a file back as it was, its time included."""
        self.files[name] = self.away.pop(name)
        self.save(name, keep_time=True)

    def rename(self, name: str, other: str) -> None:
        """Move a file to another name, its time included."""
        self.files[other] = self.files.pop(name)
        self.away.pop(other, None)
        path = self.root / other
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).rename(path)

    def correct(self, name: str, place: int, value: float, *, keep_time: bool) -> None:
        """Change a value where it stands."""
        lines = self.files[name].lines
        before = lines[place]
        text = before.text.replace(str(before.value), str(value))
        lines[place] = replace(before, text=text, value=value)
        self.save(name, keep_time=keep_time)

    def cut_last_line(self, name: str, *, in_the_value: bool) -> None:
        """Leave the last line without its newline, and maybe without its last digits too."""
        file = self.files[name]
        file.complete()
        whole = file.lines.pop()
        file.half, file.half_when_whole = whole, whole
        if in_the_value and whole.text.endswith(f",{whole.value}"):
            file.half = replace(whole, text=whole.text[:-2], value=float(int(whole.value)))
        elif in_the_value and len(whole.device) > 2:
            file.half = replace(whole, text=whole.text[:-2], device=whole.device[:-2])
        self.save(name)


def winners(contents: Sequence[Sequence[Line]]) -> dict[datetime, float]:
    """The readings of files in the order in which they win: the last one stands.

    Of several devices the one with more instants on the day wins, then the first by name; lines
    without a device lose to those with one.
    """
    given = [
        (line.instant, line.device, line.value)
        for lines in contents
        for line in lines
        if line.instant is not None
    ]
    instants: dict[tuple[date, str], set[datetime]] = defaultdict(set)
    for instant, device, _ in given:
        if device:
            instants[instant.date(), device].add(instant)
    # Sorts keep the order of equals, so the last sort decides first.
    given.sort(key=lambda row: row[1], reverse=True)
    given.sort(key=lambda row: len(instants.get((row[0].date(), row[1]), ())))
    return {instant: value for instant, _, value in given}


def devices(contents: Iterable[Sequence[Line]]) -> set[tuple[date, str, datetime, datetime]]:
    """The devices that files name, with the first and last instant of each day."""
    instants: dict[tuple[date, str], list[datetime]] = defaultdict(list)
    for line in chain.from_iterable(contents):
        if line.instant is not None and line.device:
            instants[line.instant.date(), line.device].append(line.instant)
    return {(*of, min(each), max(each)) for of, each in instants.items()}
