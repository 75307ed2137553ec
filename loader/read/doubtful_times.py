"""Decide the instants of local times that occur twice or never.

The rule (docs/formats.md): around a change of offset, the rows of all files of a participant are
one history. A time that occurs **twice** is the earlier instant until the clock has stepped back in
the order of the rows, then the later one. A time that **never** occurs is read with the offset
before the change, as if the clock had been put forward late, unless only the other offset keeps the
order of the rows around it. The rule never puts two different rows on one instant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from loader.read.clock_change import Change
from loader.read.clock_file import ClockFile, Loaded, in_order_of_time
from loader.read.repeated_times import History
from loader.read.skipped_times import offsets_as_loaded, offsets_of_skipped_times


@dataclass(frozen=True)
class Decision:
    """The offsets of the doubtful rows of a participant around a change.

    Attributes:
        offsets: the offset of each row, by its line.
        is_certain: whether the order of the rows or the table decides them; always true for times
            that never occur.
    """

    offsets: dict[int, timedelta]
    is_certain: bool = True


def decide_offsets(
    change: Change, files: Sequence[ClockFile], loaded: Callable[[], Loaded] = dict
) -> Decision:
    """Decide the offsets of the doubtful rows of one participant around one change.

    Args:
        change: the change.
        files: every file with rows around the change, in the order (format rank, path); at least
            one has doubtful rows. Lines are numbered across the files.
        loaded: called only if no row decides the instants (``local_times.LoadedAround``).
    """
    ordered = in_order_of_time(files)
    if not change.twice:
        offsets = offsets_of_skipped_times(change, ordered)
        if change.before in offsets.values():
            offsets |= offsets_as_loaded(change, ordered, offsets.keys(), loaded())
        return Decision(offsets)
    history = History(change)
    for file in ordered:
        history.add(file)
    offsets = history.offsets()
    if change.after not in offsets.values():
        offsets = history.offsets_as_loaded(loaded())
    return Decision(offsets, is_certain=change.after in offsets.values())
