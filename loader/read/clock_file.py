"""The rows of one file around a clock change, and in which order they were written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

STEP_BACK = timedelta(minutes=1)
"""A smaller step back is two rows that changed places, not the hour that begins again."""

CLEARLY = 3
"""A file runs backwards when this many times more rows step back than forward."""


FEW = 5
"""Fewer steps do not tell a file's direction, and fewer readings that agree may do so by chance."""


Reading = tuple[float, int | None]
"""Value and confidence."""


Loaded = Mapping[datetime, Reading]
"""What a participant has in the table, by naive UTC instant."""


@dataclass(frozen=True)
class ClockRow:
    """One row with a local time.

    Attributes:
        line: its place in the order of the rows.
        clock: what the wall clock showed, naive.
        reading: its value and confidence.
    """

    line: int
    clock: datetime
    reading: Reading


Lines = tuple[int, int]
"""The first and the last of some lines."""


@dataclass(frozen=True)
class ClockFile:
    """What one file has of a participant around a change.

    Attributes:
        rows: in the order of the file: the doubtful ones and, if the time never occurs, those
            around them.
        before, after: the first and the last line that it has shortly before the doubtful times,
            and shortly after them.
    """

    rows: Sequence[ClockRow]
    before: Lines | None = None
    after: Lines | None = None

    @property
    def ends_here(self) -> bool:
        """Whether it begins before the doubtful times and ends in them."""
        return self.before is not None and self.after is None


def in_order_of_time(files: Sequence[ClockFile]) -> list[ClockFile]:
    """The files as their rows were written: those that begin before the change first."""
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
    some = [each for each in lines if each]
    return (min(first for first, _ in some), max(last for _, last in some)) if some else None


def _runs_backwards(file: ClockFile, if_unclear: bool) -> bool:
    """Whether a file runs backwards, by the rows around the doubtful ones, else by the steps.

    Args:
        if_unclear: of a short piece of a longer history: how that runs.
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
    """How many rows are earlier than the one before them, and how many later."""
    falling = sum(later.clock < earlier.clock for earlier, later in pairwise(rows))
    rising = sum(later.clock > earlier.clock for earlier, later in pairwise(rows))
    return falling, rising
