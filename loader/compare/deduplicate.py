"""Deduplicate the rows read: the last row for each participant and instant wins.

If files of one format have readings of several devices on a day, the one with more readings wins.
Rows in strictly ascending order, such as one ``hr.csv``, have no duplicates and aren't sorted.
Other rows are sorted in slices that fit into the memory limit.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from loader.compare.slices import PersonDay, Slice, divide
from loader.ledger.devices import DeviceDay
from loader.ledger.known_files import FileDay
from loader.ledger.row_counts import DoubtfulTimes
from loader.ledger.table_days import TableDay
from loader.read.local_times import LoadedAround, decide_doubtful_times, nothing_loaded
from loader.read.scratch import Scratch, utc
from loader.sql import statement

BYTES_TO_SORT_A_ROW = 48
"""Memory for each row of a slice, so that DuckDB rarely spills to the disk."""

BYTES_TO_SORT_WITH_PLACE = 128
"""The same, if the place of its device is sorted, too."""

BYTES_TO_COUNT_A_ROW = 192
"""The same for the different instants of the devices, which are in a hash table."""


def deduplicate(scratch: Scratch, loaded: LoadedAround = nothing_loaded) -> DoubtfulTimes:
    """Decide which row wins for each instant, within each file and across the files.

    Args:
        scratch: contains the rows read.
        loaded: returns the loaded readings around a clock change, for local times that no row
            decides.

    Returns:
        The number of rows with a local time that occurs twice or never.
    """
    times = decide_doubtful_times(scratch, loaded)
    scratch.limit_memory_to_scan()
    scratch.execute(statement("compare/number_participants"))
    in_order = bool(scratch.value(statement("compare/is_in_order")))
    if in_order:
        scratch.execute(statement("compare/deduplicate_ordered"))
    else:
        _deduplicate_slices(scratch)
    scratch.execute(statement("compare/file_days"))
    scratch.execute(statement(f"compare/days_{'ordered' if in_order else 'unordered'}"))
    return times


def _deduplicate_slices(scratch: Scratch) -> None:
    scratch.limit_memory(scratch.memory)
    scratch.execute(statement("compare/deduplicated_tables"))
    days = [PersonDay(*row) for row in scratch.rows(statement("compare/rows_by_day"))]
    several_devices = bool(scratch.value(statement("compare/have_several_devices")))
    if several_devices:
        _place_devices(scratch)
    query = "compare/slice_with_devices" if several_devices else "compare/slice"
    bytes_a_row = BYTES_TO_SORT_WITH_PLACE if several_devices else BYTES_TO_SORT_A_ROW
    for part in divide(days, scratch.memory // bytes_a_row):
        scratch.execute(statement(query), _bounds(part))
        scratch.execute(statement("compare/deduplicate_slice"))


def _place_devices(scratch: Scratch) -> None:
    """Find which device wins on each day that has several: the one with more readings."""
    scratch.execute(statement("compare/days_of_several_devices"))
    days = [PersonDay(*row) for row in scratch.rows(statement("compare/rows_of_several_devices"))]
    for part in divide(days, scratch.memory // BYTES_TO_COUNT_A_ROW):
        scratch.execute(statement("compare/count_device_readings"), _bounds(part))
    scratch.execute(statement("compare/devices_by_day"))


def _bounds(part: Slice) -> dict[str, object]:
    bounds = asdict(part)
    del bounds["rows"]
    return bounds


def file_days(scratch: Scratch) -> list[FileDay]:
    """The contents of each file, by participant, UTC day and device."""
    return [
        FileDay(name, who, day, device, readings, checksum, utc(first), utc(last))
        for name, who, day, device, readings, checksum, first, last in scratch.rows(
            statement("compare/file_days_by_name")
        )
    ]


def devices_of_days(scratch: Scratch) -> list[DeviceDay]:
    """The devices that the files read name, by participant and selected UTC day."""
    return [
        DeviceDay(who, day, device, utc(first), utc(last))
        for who, day, device, first, last in scratch.rows(statement("compare/devices_of_days"))
    ]


def days(scratch: Scratch) -> list[TableDay]:
    """(participant, UTC day, readings, checksum) of all files together."""
    return scratch.rows("from deduplicated_days order by participant_id, day")


def readings_of_day(
    scratch: Scratch, participant_id: str, day: date
) -> list[tuple[datetime, float, int | None]]:
    """(timestamp, value, confidence) of one participant and UTC day in the files."""
    rows = scratch.rows(statement("compare/readings_of_day"), [participant_id, day, day])
    return [(utc(instant), value, confidence) for instant, value, confidence in rows]


def conflicts(scratch: Scratch) -> int:
    """The number of instants that occur more than once with different values."""
    return scratch.value(statement("compare/conflicts"))


def latest(scratch: Scratch) -> list[tuple[str, datetime]]:
    """The latest instant read, by participant."""
    return [(who, utc(instant)) for who, instant in scratch.rows(statement("compare/latest"))]


@dataclass(frozen=True)
class Mix:
    """A participant of two first-level folders or archives that contradict each other.

    Attributes:
        one, other: the folders or archives.
        instants: the number of instants with different values.
        first_timestamp: the first of these instants (UTC).
    """

    participant_id: str
    one: str
    other: str
    instants: int
    first_timestamp: datetime


def mixed_participants(scratch: Scratch) -> Mix | None:
    """The first participant that is probably two people; None if there is none."""
    for who, one, other, instants, first in scratch.rows(statement("compare/mixed_participants")):
        return Mix(who, one, other, instants, utc(first))
    return None
