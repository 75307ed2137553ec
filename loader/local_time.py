"""Which instant a wall clock meant, also where it shows a time twice or one that never was.

The rule (docs/formats.md): outside the hours around a change of offset there is nothing to decide.
A time that occurs **twice** is the earlier instant until the clock has stepped back in the order of
the rows, the later one from there on. A time that **never** occurs is read with the offset before
the change, as if the clock had been put forward late, unless only the other offset keeps the order
of the rows around it. Two rows that differ are never put on one instant by this.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

STEP_BACK = timedelta(minutes=1)
"""A smaller step back is two rows that changed places, not the hour that begins again."""

CLEARLY = 3
"""A file runs backwards when this many times more rows step back than forward."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """A change of a zone's offset from UTC.

    Attributes:
        instant: when, naive UTC.
        before, after: the offsets of the local time from UTC.
    """

    instant: datetime
    before: timedelta
    after: timedelta

    @property
    def twice(self) -> bool:
        """Whether the doubtful times occur twice; else they never occur."""
        return self.after < self.before

    @property
    def begin(self) -> datetime:
        """The first doubtful time on the wall clock."""
        return self.instant + min(self.before, self.after)

    @property
    def end(self) -> datetime:
        """The first time on the wall clock that is no longer doubtful."""
        return self.instant + max(self.before, self.after)


@dataclass(frozen=True)
class ClockRow:
    """One row with a local time.

    Attributes:
        line: its place in the order of the file.
        clock: what the wall clock showed, naive.
        reading: its value and confidence.
    """

    line: int
    clock: datetime
    reading: tuple[float, int | None]


def offset_at(zone: str, instant: datetime) -> timedelta:
    """A zone's offset from UTC at a naive UTC instant."""
    offset = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None  # every ZoneInfo has one
    return offset


def changes_between(zone: str, first: datetime, last: datetime) -> list[Change]:
    """The changes of a zone's offset between two naive UTC instants, to the second."""
    found = []
    instant = first
    before = offset_at(zone, instant)
    while instant < last:
        following = min(instant + DAY, last)
        after = offset_at(zone, following)
        if after != before:
            found.append(Change(_change_within(zone, instant, following), before, after))
        instant, before = following, after
    return found


def _change_within(zone: str, low: datetime, high: datetime) -> datetime:
    """The first second with another offset than ``low`` has."""
    before = offset_at(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
    return high


@dataclass
class DoubtfulTimes:
    """How many rows had a doubtful local time.

    Attributes:
        repeated: it occurs twice, and the order of the rows tells which one is meant.
        ambiguous: it occurs twice, and nothing tells: the earlier instant is taken.
        never: it never occurs.
    """

    repeated: int = 0
    ambiguous: int = 0
    never: int = 0

    def add(self, other: "DoubtfulTimes") -> None:
        """Add what another batch had."""
        self.repeated += other.repeated
        self.ambiguous += other.ambiguous
        self.never += other.never


@dataclass(frozen=True)
class Settled:
    """What was decided of the doubtful rows of a night.

    Attributes:
        offsets: the offset of each, by its line.
        told: whether the order of the rows tells it; always so of times that never occur.
    """

    offsets: dict[int, timedelta]
    told: bool = True


def settle(change: Change, rows: Sequence[ClockRow]) -> Settled:
    """Decide the offsets of the doubtful rows of one night.

    Args:
        rows: of one file and participant in the order of the file, the doubtful ones and, where
            the time never occurs, those around them.
    """
    forward = rows[::-1] if _runs_backwards(rows) else rows
    if not change.twice:
        return Settled(_offsets_never(change, forward))
    settled = _offsets_twice(change, forward)
    return Settled(settled, told=change.after in settled.values())


def _runs_backwards(rows: Sequence[ClockRow]) -> bool:
    falling = sum(later.clock < earlier.clock for earlier, later in pairwise(rows))
    rising = sum(later.clock > earlier.clock for earlier, later in pairwise(rows))
    return falling > CLEARLY * rising


def _offsets_twice(change: Change, rows: Sequence[ClockRow]) -> dict[int, timedelta]:
    begun_again = False
    highest = rows[0].clock
    # Of each time, the rows of the first pass through the hour and those of the second.
    passes: dict[datetime, tuple[list[ClockRow], list[ClockRow]]] = defaultdict(lambda: ([], []))
    for row in rows:
        begun_again = begun_again or row.clock < highest - STEP_BACK
        highest = max(highest, row.clock)
        passes[row.clock][begun_again].append(row)
    settled = {}
    for first, second in passes.values():
        if not first or not second:
            # Only one pass has this time. Rows that differ are of both, as in a sorted file.
            together = first or second
            told = [row for row in together if row.reading == together[0].reading]
            others = [row for row in together if row.reading != together[0].reading]
            first, second = (told, others) if first or others else ([], told)
        settled.update({row.line: change.before for row in first})
        settled.update({row.line: change.after for row in second})
    return settled


def _offsets_never(change: Change, rows: Sequence[ClockRow]) -> dict[int, timedelta]:
    doubtful = [change.begin <= row.clock < change.end for row in rows]
    instants = [
        row.clock - (change.before if row.clock < change.end else change.after) for row in rows
    ]
    taken = {instant for instant, doubt in zip(instants, doubtful, strict=True) if not doubt}
    settled = {}
    for start, stop in _blocks(doubtful):
        block = rows[start:stop]
        previous = instants[start - 1] if start else datetime.min
        following = instants[stop] if stop < len(rows) else datetime.max
        late = block[0].clock - change.before >= previous
        late = late and block[-1].clock - change.before <= following
        early = block[0].clock - change.after >= previous
        early = early and block[-1].clock - change.after <= following
        usual, other = change.before, change.after
        if early and not late:
            usual, other = other, usual
        for row in block:
            free = row.clock - usual not in taken or row.clock - other in taken
            settled[row.line] = usual if free else other
    return settled


def _blocks(doubtful: Sequence[bool]) -> list[tuple[int, int]]:
    """Where runs of doubtful rows begin and end."""
    edges = [
        place
        for place, (earlier, later) in enumerate(pairwise([False, *doubtful, False]))
        if earlier != later
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
