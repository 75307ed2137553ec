"""Decide local times that never occur, because the clocks go forward."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from loader.read.agreement import offset_as_loaded
from loader.read.clock_change import Change
from loader.read.clock_file import STEP_BACK, ClockFile, ClockRow, Loaded, Reading


def offsets_of_skipped_times(change: Change, files: Sequence[ClockFile]) -> dict[int, timedelta]:
    """The offset of each doubtful row, by its line."""
    recordings: list[list[ClockRow]] = []
    highest = datetime.min
    for file in files:
        # No clock steps back in spring, so a file that begins earlier is another recording.
        if not recordings or file.rows[0].clock + STEP_BACK < highest:
            recordings.append([])
        recordings[-1] += file.rows
        highest = max(highest, *(row.clock for row in file.rows))
    taken = _taken(change, files)
    offsets: dict[int, timedelta] = {}
    known: dict[tuple[datetime, Reading], timedelta] = {}
    for rows in recordings:
        by_order = _offsets_in_order(change, rows, taken)
        doubtful = [row for row in rows if row.line in by_order]
        for row in doubtful:
            offsets[row.line] = known.get((row.clock, row.reading), by_order[row.line])
        known |= {(row.clock, row.reading): offsets[row.line] for row in doubtful}
    return offsets


def _taken(change: Change, files: Sequence[ClockFile]) -> set[datetime]:
    """The instants of the rows around the times that never occur."""
    return {
        row.clock - (change.before if row.clock < change.begin else change.after)
        for file in files
        for row in file.rows
        if not change.begin <= row.clock < change.end
    }


def offsets_as_loaded(
    change: Change, files: Sequence[ClockFile], doubtful: Set[int], loaded: Loaded
) -> dict[int, timedelta]:
    """The offset after the change, for the doubtful rows of files that are loaded with it."""
    taken = _taken(change, files) if loaded else set()
    offsets = {}
    for file in files:
        own = replace(file, rows=[row for row in file.rows if row.line in doubtful])
        if offset_as_loaded(change, own, loaded) == change.after:
            free = (row for row in own.rows if row.clock - change.after not in taken)
            offsets.update({row.line: change.after for row in free})
    return offsets


def _offsets_in_order(
    change: Change, rows: Sequence[ClockRow], taken: Set[datetime]
) -> dict[int, timedelta]:
    doubtful = [change.begin <= row.clock < change.end for row in rows]
    instants = [
        row.clock - (change.before if row.clock < change.end else change.after) for row in rows
    ]
    offsets = {}
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
            offsets[row.line] = usual if free else other
    return offsets


def _blocks(doubtful: Sequence[bool]) -> list[tuple[int, int]]:
    """The begin and end of each run of doubtful rows."""
    edges = [
        place
        for place, (earlier, later) in enumerate(pairwise([False, *doubtful, False]))
        if earlier != later
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
