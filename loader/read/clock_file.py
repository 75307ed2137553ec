"""The rows of one file around a clock change, and the order in which they were written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

STEP_BACK = timedelta(minutes=1)
"""A smaller step back means that two rows changed places, not that the hour begins again."""

CLEARLY = 3
"""A file runs backwards if this many times more rows step back than forward."""

FEW = 5
"""Fewer steps don't show a file's direction, and fewer readings may agree by chance."""

Reading = tuple[float, int | None]
"""Value and confidence."""

Loaded = Mapping[datetime, Reading]
"""A participant's readings in the table, by naive UTC instant."""


@dataclass(frozen=True)
class ClockRow:
    """One row with a local time.

    Attributes:
        line: its position in the order of the rows.
        clock: the time on the wall clock, naive.
        reading: its value and confidence.
    """

    line: int
    clock: datetime
    reading: Reading


Lines = tuple[int, int]
"""The first and the last line of a range."""


@dataclass(frozen=True)
class ClockFile:
    """One file's rows of a participant around a clock change.

    Attributes:
        rows: the doubtful rows in the order of the file and, if their times never occur, the rows
            around them.
        before, after: its lines shortly before and shortly after the doubtful times.
    """

    rows: Sequence[ClockRow]
    before: Lines | None = None
    after: Lines | None = None

    @property
    def ends_here(self) -> bool:
        """Whether it begins before the doubtful times and ends in them."""
        return self.before is not None and self.after is None


def in_order_of_time(files: Sequence[ClockFile]) -> list[ClockFile]:
    """Sort files by time, and reverse the rows of those that run backwards."""
    joined = ClockFile(
        [row for file in files for row in file.rows],
        _joined([file.before for file in files]),
        _joined([file.after for file in files]),
    )
    falling, rising = _steps(joined.rows)
    backwards = _runs_backwards(joined, falling > CLEARLY * rising)
    placed = sorted(
        (file for file in (reversed(files) if backwards else files) if file.rows),
        key=lambda file: 0 if file.before else 2 if file.after else 1,
    )
    return [
        replace(file, rows=file.rows[::-1]) if _runs_backwards(file, backwards) else file
        for file in placed
    ]


def _joined(lines: Sequence[Lines | None]) -> Lines | None:
    present = [each for each in lines if each]
    if not present:
        return None
    return min(first for first, _ in present), max(last for _, last in present)


def _runs_backwards(file: ClockFile, if_unclear: bool) -> bool:
    """Whether a file runs backwards, by the lines around the doubtful ones, else by the steps.

    Args:
        if_unclear: the result for a file that shows neither, such as a short piece of a history.
    """
    rows = (file.rows[0].line, file.rows[-1].line)
    pairs = ((file.before, rows), (rows, file.after), (file.before, file.after))
    found = {
        later[1] < earlier[0]
        for earlier, later in pairs
        if earlier and later and (earlier[1] < later[0] or later[1] < earlier[0])
    }
    if len(found) == 1:
        return True in found
    falling, rising = _steps(file.rows)
    if max(falling, rising) < FEW or max(falling, rising) <= CLEARLY * min(falling, rising):
        return if_unclear
    return falling > rising


def _steps(rows: Sequence[ClockRow]) -> tuple[int, int]:
    """Count the rows that are earlier than the row before, and those that are later."""
    falling = sum(later.clock < earlier.clock for earlier, later in pairwise(rows))
    rising = sum(later.clock > earlier.clock for earlier, later in pairwise(rows))
    return falling, rising
