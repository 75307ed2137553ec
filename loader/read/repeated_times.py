"""Decide local times that occur twice, because the clocks go back."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from loader.read.agreement import Agreement, agreement, offset_as_loaded
from loader.read.clock_change import Change
from loader.read.clock_file import FEW, STEP_BACK, ClockFile, ClockRow, Loaded, Reading


class _Recording:
    """One recording of an hour that occurs twice, from one or more files."""

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
        """The index of the first row of the second pass; the number of rows if there is none.

        A small step back is ignored if a step of at least half the repeated time follows.
        """
        found = self._small_step if self._large_step is None else self._large_step
        return len(self.rows) if found is None else found

    @property
    def in_second_pass(self) -> bool:
        """Whether the second pass has begun."""
        return self.begins_again < len(self.rows)

    def is_surely_in_second_pass(self, row: ClockRow) -> bool:
        """Whether a row, if it came next, would follow a large step back."""
        return self._large_step is not None or self.steps_back_by_half(row)

    def steps_back(self, row: ClockRow) -> bool:
        """Whether a row's time is clearly less than the highest time so far."""
        return row.clock + STEP_BACK < self._highest

    def steps_back_by_half(self, row: ClockRow) -> bool:
        """Whether a row's time is less than the highest so far by half the repeated time."""
        return row.clock + self._half <= self._highest

    def passes(self) -> Iterator[tuple[list[ClockRow], list[ClockRow]]]:
        """For each local time, the rows of the first and of the second pass through the hour."""
        found: dict[datetime, tuple[list[ClockRow], list[ClockRow]]]
        found = defaultdict(lambda: ([], []))
        for place, row in enumerate(self.rows):
            found[row.clock][place >= self.begins_again].append(row)
        yield from found.values()


class History:
    """The files of a participant around an hour that occurs twice, in their order.

    A file usually continues the one before it. If it would begin in the second pass, it may instead
    be another recording of the same hour, which begins in the first pass
    (``_is_another_recording``).
    """

    def __init__(self, change: Change) -> None:
        self._change = change
        self._recordings = [_Recording(change)]
        self._furthest = self._recordings[0]
        self._reaches_after = False

    def add(self, file: ClockFile) -> None:
        """Add the next file."""
        recording = self._furthest
        in_second_pass = recording.in_second_pass or recording.steps_back(file.rows[0])
        if in_second_pass and self._is_another_recording(file):
            recording = _Recording(self._change)
            self._recordings.append(recording)
        recording.add(file)
        if recording.in_second_pass or not self._furthest.in_second_pass:
            self._furthest = recording
        self._reaches_after = self._reaches_after or file.after is not None

    def offsets(self) -> dict[int, timedelta]:
        """The offset of each row, by its line."""
        offsets = {}
        for recording in self._recordings:
            for first, second in map(_separate_passes, recording.passes()):
                offsets.update({row.line: self._change.before for row in first})
                offsets.update({row.line: self._change.after for row in second})
        return offsets

    def offsets_as_loaded(self, loaded: Loaded) -> dict[int, timedelta]:
        """The offset of each row, by its line, if only the table can decide it.

        A file gets the offset with which most of its readings are loaded. Without such readings, it
        continues the file before it; the first file is the first pass.
        """
        offsets = {}
        for recording in self._recordings:
            offset = self._change.before
            for file in recording.files:
                offset = offset_as_loaded(self._change, file, loaded) or offset
                offsets.update({row.line: offset for row in file.rows})
        return offsets

    def _is_another_recording(self, file: ClockFile) -> bool:
        """Whether a file records the hour again instead of continuing the files before it."""
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

    def _agreement(self, file: ClockFile, in_second: bool) -> "Agreement":
        shown: dict[datetime, set[Reading]] = {row.clock: set() for row in file.rows}
        for recording in self._recordings:
            begin = recording.begins_again
            places = range(begin, len(recording.rows)) if in_second else range(begin)
            for place in places:
                row = recording.rows[place]
                # A file that ends in this hour has no rows in common with one that begins in it.
                if row.clock in shown and not (file.after and recording.ends_here[place]):
                    shown[row.clock].add(row.reading)
        return agreement(file, shown)


def _separate_passes(
    passes: tuple[list[ClockRow], list[ClockRow]],
) -> tuple[list[ClockRow], list[ClockRow]]:
    """Divide the rows of one time between the passes, if one pass has none, by their readings."""
    first, second = passes
    if first and second:
        return passes
    together = first or second
    alike = [row for row in together if row.reading == together[0].reading]
    others = [row for row in together if row.reading != together[0].reading]
    return (alike, others) if first or others else ([], alike)
