"""How far a file agrees with the other files, or with the table, about an hour."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from loader.read.clock_change import Change
from loader.read.clock_file import ClockFile, Loaded, Reading


@dataclass(frozen=True)
class Agreement:
    """How far a file agrees with what is known of one pass, from other files or the table.

    Attributes:
        known: at how many of its rows' times that pass has a reading.
        alike: how many of those rows have the same one.
        readings: how many different ones.
    """

    known: int
    alike: int
    readings: int

    @property
    def most(self) -> bool:
        """Whether most of what can be compared is the same."""
        return 2 * self.alike > self.known


def agreement(file: ClockFile, shown: Mapping[datetime, Set[Reading]]) -> Agreement:
    """How far a file agrees with the readings ``shown`` at each of its clock times."""
    alike = [row.reading for row in file.rows if row.reading in shown[row.clock]]
    known = sum(bool(shown[row.clock]) for row in file.rows)
    return Agreement(known, len(alike), len(set(alike)))


def offset_as_loaded(change: Change, file: ClockFile, loaded: Loaded) -> timedelta | None:
    """The offset with which most readings of a file are in the table; None if neither has most."""
    first = _agreement_as_loaded(file, loaded, change.before)
    second = _agreement_as_loaded(file, loaded, change.after)
    if first.most and first.alike > second.alike:
        return change.before
    if second.most and second.alike > first.alike:
        return change.after
    return None


def _agreement_as_loaded(file: ClockFile, loaded: Loaded, offset: timedelta) -> Agreement:
    """How far a file agrees with the table if its local times have this offset."""
    instants = {row.clock: row.clock - offset for row in file.rows}
    return agreement(
        file,
        {clock: {loaded[at]} if at in loaded else set() for clock, at in instants.items()},
    )
