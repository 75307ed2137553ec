"""The instant that a wall clock meant, even if it shows a time twice or one that never occurs.

The rule (docs/formats.md): outside the hours around a change of offset there is nothing to decide.
Around a change, the rows of all files of a participant are one history. A time that occurs
**twice** is the earlier instant until the clock has stepped back in the order of the rows, the
later one from there on. A time that **never** occurs is read with the offset before the change, as
if the clock had been put forward late, unless only the other offset keeps the order of the rows
around it. Two rows that differ are never put on one instant by this.
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
        is_certain: whether the order of the rows, or the table, decides them. Times that never
            occur are always certain.
    """

    offsets: dict[int, timedelta]
    is_certain: bool = True


def decide_offsets(
    change: Change, files: Sequence[ClockFile], loaded: Callable[[], Loaded] = dict
) -> Decision:
    """Decide the offsets of the doubtful rows of one participant around one change.

    Args:
        change: the change.
        files: every file that has rows around the change, in the order (format rank, path); at
            least one has doubtful rows. Lines are numbered across the files.
        loaded: called only if no row decides which instant is meant. Returns what the table has at
            the instants that the doubtful times may mean if a file that decided them is missing;
            else nothing.
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
