"""The files as a list of lines each: what the disk holds, and what it means without any parsing."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADER = "timestamp,value\n"
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


@dataclass
class File:
    """One file: whole lines, and maybe a last one that is still being written."""

    lines: list[Line]
    half: Line | None = None
    half_when_whole: Line | None = None
    modified_ns: int = 0
    times_written: int = 0

    @property
    def text(self) -> str:
        half = self.half.text if self.half else ""
        return HEADER + "".join(f"{line.text}\n" for line in self.lines) + half

    @property
    def status(self) -> tuple[int, int, int]:
        """What an unchanged file is known by; each writing gives it another change time."""
        return len(self.text), self.modified_ns, self.times_written

    @property
    def is_refused(self) -> bool:
        """A header alone is no export."""
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
        self.files[name] = File(list(lines))
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
        self.save(name)


def winners(contents: Sequence[Sequence[Line]]) -> dict[datetime, float]:
    """The readings of files in the order in which they win: the last one stands."""
    table = {}
    for lines in contents:
        for line in lines:
            if line.instant is not None:
                table[line.instant] = line.value
    return table
