"""Compare a file's readings around a clock change with other files or with the table."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from loader.read.clock_change import Change
from loader.read.clock_file import ClockFile, Loaded, Reading


@dataclass(frozen=True)
class Agreement:
    """How well a file agrees with one pass through the hour, in other files or in the table.

    Attributes:
        known: the number of its rows at whose time the pass has a reading.
        alike: the number of those rows with the same reading.
        readings: the number of different readings among them.
    """

    known: int
    alike: int
    readings: int

    @property
    def most(self) -> bool:
        """Whether more than half of the comparable rows are the same."""
        return 2 * self.alike > self.known


def agreement(file: ClockFile, shown: Mapping[datetime, Set[Reading]]) -> Agreement:
    """Compare a file with the readings ``shown`` at each of its local times."""
    alike = [row.reading for row in file.rows if row.reading in shown[row.clock]]
    known = sum(bool(shown[row.clock]) for row in file.rows)
    return Agreement(known, len(alike), len(set(alike)))


def offset_as_loaded(change: Change, file: ClockFile, loaded: Loaded) -> timedelta | None:
    """The offset with which most of a file's readings are loaded; None if neither has most."""
    first = _agreement_as_loaded(file, loaded, change.before)
    second = _agreement_as_loaded(file, loaded, change.after)
    if first.most and first.alike > second.alike:
        return change.before
    if second.most and second.alike > first.alike:
        return change.after
    return None


def _agreement_as_loaded(file: ClockFile, loaded: Loaded, offset: timedelta) -> Agreement:
    instants = {row.clock: row.clock - offset for row in file.rows}
    return agreement(
        file,
        {clock: {loaded[at]} if at in loaded else set() for clock, at in instants.items()},
    )
