"""Which instant a wall clock meant, also where it shows a time twice or one that never was.

The rule (docs/formats.md): outside the hours around a change of offset there is nothing to decide.
Around a change, the rows of all files of a participant are one history. A time that occurs
**twice** is the earlier instant until the clock has stepped back in the order of the rows, the
later one from there on. A time that **never** occurs is read with the offset before the change, as
if the clock had been put forward late, unless only the other offset keeps the order of the rows
around it. Two rows that differ are never put on one instant by this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

STEP_BACK = timedelta(minutes=1)
"""A smaller step back is two rows that changed places, not the hour that begins again."""

CLEARLY = 3
"""A file runs backwards when this many times more rows step back than forward."""

FEW = 5
"""Fewer steps do not tell a file's direction, and fewer readings that agree may do so by chance."""

DAY = timedelta(days=1)

Reading = tuple[float, int | None]
"""Value and confidence."""

Loaded = Mapping[datetime, Reading]
"""What a participant has in the table, by naive UTC instant."""


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
        line: its place in the order of the rows.
        clock: what the wall clock showed, naive.
        reading: its value and confidence.
    """

    line: int
    clock: datetime
    reading: Reading


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
        repeated: it occurs twice, and the order of the rows or the table tells which one is meant.
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


Lines = tuple[int, int]
"""The first and the last of some lines."""


@dataclass(frozen=True)
class ClockFile:
    """What one file has of a participant around a change.

    Attributes:
        rows: in the order of the file: the doubtful ones and, where the time never occurs, those
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


@dataclass(frozen=True)
class Settled:
    """What was decided of the doubtful rows of a participant around a change.

    Attributes:
        offsets: the offset of each, by its line.
        told: whether the order of the rows tells it, or the table; always so of times that never
            occur.
    """

    offsets: dict[int, timedelta]
    told: bool = True


def settle(
    change: Change, files: Sequence[ClockFile], loaded: Callable[[], Loaded] = dict
) -> Settled:
    """Decide the offsets of the doubtful rows of one participant around one change.

    Args:
        files: every file that has rows around the change, in the order (format rank, path), and
            one at least that has doubtful ones. Lines are numbered across the files.
        loaded: called only where no row tells which instant is meant: what the table has at the
            instants that the doubtful times may mean, if a file that told is missing; else nothing.
    """
    ordered = _in_order_of_time(files)
    if not change.twice:
        settled = _offsets_of_times_that_never_occur(change, ordered)
        if change.before in settled.values():
            settled |= _offsets_never_as_loaded(change, ordered, settled.keys(), loaded())
        return Settled(settled)
    history = _History(change)
    for file in ordered:
        history.add(file)
    settled = history.offsets()
    if change.after not in settled.values():
        settled = history.offsets_as_loaded(loaded())
    return Settled(settled, told=change.after in settled.values())


def _in_order_of_time(files: Sequence[ClockFile]) -> list[ClockFile]:
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


class _Telling:
    """Rows that go through an hour that occurs twice once, of one file or of several pieces."""

    def __init__(self, change: Change) -> None:
        self._half = (change.end - change.begin) / 2
        self._small_step: int | None = None
        self._large_step: int | None = None
        self._highest = datetime.min
        self.files: list[ClockFile] = []
        self.rows: list[ClockRow] = []
        self.ends_here: list[bool] = []

    def add(self, file: ClockFile) -> None:
        """Continue with the rows of a file."""
        self.files.append(file)
        for row in file.rows:
            if self._small_step is None and self.steps_back(row):
                self._small_step = len(self.rows)
            if self._large_step is None and self.steps_back_by_half(row):
                self._large_step = len(self.rows)
            self._highest = max(self._highest, row.clock)
            self.rows.append(row)
            self.ends_here.append(file.ends_here)

    @property
    def begins_again(self) -> int:
        """The place at which the second pass begins; the number of rows if it does not.

        A smaller step back may be disorder, if one of half the repeated time follows.
        """
        found = self._small_step if self._large_step is None else self._large_step
        return len(self.rows) if found is None else found

    @property
    def in_second_pass(self) -> bool:
        """Whether the second pass has begun."""
        return self.begins_again < len(self.rows)

    def is_surely_in_second_pass(self, row: ClockRow) -> bool:
        """Whether a row, if it were the next, would follow a large step back."""
        return self._large_step is not None or self.steps_back_by_half(row)

    def steps_back(self, row: ClockRow) -> bool:
        """Whether a row shows clearly less than the highest time before."""
        return row.clock + STEP_BACK < self._highest

    def steps_back_by_half(self, row: ClockRow) -> bool:
        """Whether a row shows less than the highest time before by half the repeated time."""
        return row.clock + self._half <= self._highest

    def passes(self) -> Iterator[tuple[list[ClockRow], list[ClockRow]]]:
        """Of each time, the rows of the first pass through the hour and those of the second."""
        found: dict[datetime, tuple[list[ClockRow], list[ClockRow]]]
        found = defaultdict(lambda: ([], []))
        for place, row in enumerate(self.rows):
            found[row.clock][place >= self.begins_again].append(row)
        yield from found.values()


class _History:
    """The files of a participant through an hour that occurs twice, one after the other.

    A file continues the one before it, as the pieces of one history do. Where that would begin it
    in the second pass, it may be another telling of the same hour instead (``_tells_again``): then
    it begins with the first pass, whatever the files before it have shown.
    """

    def __init__(self, change: Change) -> None:
        self._change = change
        self._tellings = [_Telling(change)]
        self._furthest = self._tellings[0]
        self._reaches_after = False

    def add(self, file: ClockFile) -> None:
        """Add a file after those before it."""
        told = self._furthest
        if (told.in_second_pass or told.steps_back(file.rows[0])) and self._tells_again(file):
            told = _Telling(self._change)
            self._tellings.append(told)
        told.add(file)
        if told.in_second_pass or not self._furthest.in_second_pass:
            self._furthest = told
        self._reaches_after = self._reaches_after or file.after is not None

    def offsets(self) -> dict[int, timedelta]:
        """The offset of each row, by its line."""
        settled = {}
        for telling in self._tellings:
            for first, second in map(_tell_apart, telling.passes()):
                settled.update({row.line: self._change.before for row in first})
                settled.update({row.line: self._change.after for row in second})
        return settled

    def offsets_as_loaded(self, loaded: Loaded) -> dict[int, timedelta]:
        """The offset of each row, by its line, where no row tells it and the table may.

        A file has the offset with which most of its readings are in the table; one of which the
        table tells nothing continues the file before it, and the first one is the first pass.
        """
        settled = {}
        for telling in self._tellings:
            offset = self._change.before
            for file in telling.files:
                offset = _offset_as_loaded(self._change, file, loaded) or offset
                settled.update({row.line: offset for row in file.rows})
        return settled

    def _tells_again(self, file: ClockFile) -> bool:
        """Whether a file tells again what files before it have told, and does not continue them."""
        if file.before:
            return True
        if self._furthest.is_surely_in_second_pass(file.rows[0]) and self._shows_both_passes(file):
            return True
        first, second = (self._agreement(file, in_second) for in_second in (False, True))
        by_chance = first.readings < FEW and 2 * second.known <= len(file.rows)
        if first.most and not by_chance and first.alike > second.alike:
            return True
        return file.after is not None and self._reaches_after and not second.most

    def _shows_both_passes(self, file: ClockFile) -> bool:
        half = (self._change.end - self._change.begin) / 2
        return any(
            earlier.clock - later.clock >= half for earlier, later in pairwise(file.rows[FEW - 1 :])
        )

    def _agreement(self, file: ClockFile, in_second: bool) -> "_Agreement":
        shown: dict[datetime, set[Reading]] = {row.clock: set() for row in file.rows}
        for telling in self._tellings:
            begin = telling.begins_again
            places = range(begin, len(telling.rows)) if in_second else range(begin)
            for place in places:
                row = telling.rows[place]
                # A file that ends in this hour has nothing in common with one that begins in it.
                if row.clock in shown and not (file.after and telling.ends_here[place]):
                    shown[row.clock].add(row.reading)
        return _agreement(file, shown)


@dataclass(frozen=True)
class _Agreement:
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


def _agreement(file: ClockFile, shown: Mapping[datetime, Set[Reading]]) -> _Agreement:
    """How far a file agrees with the readings ``shown`` at each of its clock times."""
    alike = [row.reading for row in file.rows if row.reading in shown[row.clock]]
    known = sum(bool(shown[row.clock]) for row in file.rows)
    return _Agreement(known, len(alike), len(set(alike)))


def _offset_as_loaded(change: Change, file: ClockFile, loaded: Loaded) -> timedelta | None:
    """The offset with which most readings of a file are in the table; None if neither has most."""
    first = _agreement_as_loaded(file, loaded, change.before)
    second = _agreement_as_loaded(file, loaded, change.after)
    if first.most and first.alike > second.alike:
        return change.before
    if second.most and second.alike > first.alike:
        return change.after
    return None


def _agreement_as_loaded(file: ClockFile, loaded: Loaded, offset: timedelta) -> _Agreement:
    """How far a file agrees with the table if its local times have this offset."""
    instants = {row.clock: row.clock - offset for row in file.rows}
    return _agreement(
        file,
        {clock: {loaded[at]} if at in loaded else set() for clock, at in instants.items()},
    )


def _steps_back(clock: datetime, highest: datetime) -> bool:
    """Whether a clock shows clearly less than the highest time before."""
    return clock + STEP_BACK < highest


def _tell_apart(
    passes: tuple[list[ClockRow], list[ClockRow]],
) -> tuple[list[ClockRow], list[ClockRow]]:
    """The rows of one time by pass; where one pass has none, rows that differ are of both."""
    first, second = passes
    if first and second:
        return passes
    together = first or second
    told = [row for row in together if row.reading == together[0].reading]
    others = [row for row in together if row.reading != together[0].reading]
    return (told, others) if first or others else ([], told)


def _offsets_of_times_that_never_occur(
    change: Change, files: Sequence[ClockFile]
) -> dict[int, timedelta]:
    tellings: list[list[ClockRow]] = []
    highest = datetime.min
    for file in files:
        # In spring no clock steps back: a file that begins earlier tells the same night again.
        if not tellings or _steps_back(file.rows[0].clock, highest):
            tellings.append([])
        tellings[-1] += file.rows
        highest = max(highest, *(row.clock for row in file.rows))
    taken = _taken(change, files)
    settled: dict[int, timedelta] = {}
    decided: dict[tuple[datetime, Reading], timedelta] = {}
    for rows in tellings:
        offsets = _offsets_never(change, rows, taken)
        told = {
            row.line: decided.get((row.clock, row.reading), offsets[row.line])
            for row in rows
            if row.line in offsets
        }
        settled |= told
        decided |= {(row.clock, row.reading): told[row.line] for row in rows if row.line in told}
    return settled


def _taken(change: Change, files: Sequence[ClockFile]) -> set[datetime]:
    """The instants of the rows around the times that never occur."""
    return {
        row.clock - (change.before if row.clock < change.begin else change.after)
        for file in files
        for row in file.rows
        if not change.begin <= row.clock < change.end
    }


def _offsets_never_as_loaded(
    change: Change, files: Sequence[ClockFile], doubtful: Set[int], loaded: Loaded
) -> dict[int, timedelta]:
    """The later offset, for the doubtful rows of files that are in the table with it."""
    taken = _taken(change, files) if loaded else set()
    settled = {}
    for file in files:
        own = replace(file, rows=[row for row in file.rows if row.line in doubtful])
        if _offset_as_loaded(change, own, loaded) == change.after:
            free = (row for row in own.rows if row.clock - change.after not in taken)
            settled.update({row.line: change.after for row in free})
    return settled


def _offsets_never(
    change: Change, rows: Sequence[ClockRow], taken: Set[datetime]
) -> dict[int, timedelta]:
    doubtful = [change.begin <= row.clock < change.end for row in rows]
    instants = [
        row.clock - (change.before if row.clock < change.end else change.after) for row in rows
    ]
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
