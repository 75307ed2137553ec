"""Convert local times to instants: most while reading, the doubtful ones after all files."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from loader.errors import BadFileError
from loader.find.participants import Zones
from loader.ledger.row_counts import DoubtfulTimes
from loader.read.clock_change import Change, changes_between, offset_at
from loader.read.clock_file import ClockFile, ClockRow, Loaded
from loader.read.doubtful_times import Decision, decide_offsets
from loader.read.scratch import FETCHED, Scratch
from loader.sql import statement

MICROSECOND = timedelta(microseconds=1)

MARGIN = timedelta(days=4)
"""Changes are searched this long before the first and after the last local time, because the rows
around a missing day may be as far away."""

LoadedAround = Callable[[str, Change], Loaded]
"""Called with a participant and a change. Returns the loaded readings at the instants that the
doubtful times may mean, if a missing file may have decided them; else nothing."""


def nothing_loaded(_participant_id: str, _change: Change) -> Loaded:
    """For a command that decides local times from the files only."""
    return {}


def convert_local_times(scratch: Scratch, zones: Zones) -> None:
    """Move the rows in ``clocks`` to ``readings``, with their instants.

    A doubtful time gets the offset before the change until ``decide_doubtful_times``.

    Raises:
        BadFileError: a participant has no time zone.
    """
    ranges = scratch.rows(statement("read/clock_ranges"))
    zone_of = {who: _zone(zones, who) for who, _, _ in ranges}
    scratch.fill("clock_zones", list(zone_of.items()))
    known = set(scratch.rows("select zone, instant from clock_changes"))
    for zone in sorted(set(zone_of.values())):
        clocks = [
            clock
            for who, *first_and_last in ranges
            if zone_of[who] == zone
            for clock in first_and_last
        ]
        begin, end = min(clocks) - MARGIN, max(clocks) + MARGIN
        changes = changes_between(zone, begin, end)
        offsets = [(zone, datetime(1, 1, 1), offset_at(zone, begin) // MICROSECOND)]
        offsets += [(zone, change.end, change.after // MICROSECOND) for change in changes]
        scratch.fill("clock_offsets", offsets)
        new = [change for change in changes if (zone, change.instant) not in known]
        scratch.fill("clock_changes", [_change_row(zone, change) for change in new])
    first_place = scratch.value("select count(*) from readings")
    scratch.execute(statement("read/instants"))
    scratch.execute(statement("read/keep_clocks"), {"first_place": first_place})


def _zone(zones: Zones, participant_id: str) -> str:
    zone = zones.of(participant_id)
    if zone is None:
        raise BadFileError(
            f"it has local times of {participant_id}, but no time zone is set",
            "set FITBIT_TIMEZONE (for example Europe/Berlin), add the participant's row with a "
            "time_zone in dbt_project/seeds/participants.csv, or write “zone: Europe/Berlin” into "
            "the format.yml of its folder; then make ingest",
        )
    return zone


def _change_row(zone: str, change: Change) -> tuple[object, ...]:
    near = 2 * (change.end - change.begin) + timedelta(hours=1)
    return (
        zone,
        change.instant,
        change.before // MICROSECOND,
        change.after // MICROSECOND,
        change.begin,
        change.end,
        change.begin - near,
        change.end + near,
    )


def decide_doubtful_times(scratch: Scratch, loaded: LoadedAround = nothing_loaded) -> DoubtfulTimes:
    """Decide the doubtful times from the rows of all files.

    Args:
        scratch: the database in which to update ``readings``.
        loaded: called only for rows that no other row decides.
    """
    times = DoubtfulTimes()
    if not scratch.value("select count(*) from clock_rows"):
        return times
    decided: list[tuple[object, ...]] = []
    doubtful = scratch.stream(statement("read/doubtful_clocks"))
    for (instant, before, after, who), rows in groupby(doubtful, key=itemgetter(0, 1, 2, 3)):
        change = Change(instant, before * MICROSECOND, after * MICROSECOND)
        files = [_clock_file(list(of_file)) for _, of_file in groupby(rows, key=itemgetter(4))]
        decision = decide_offsets(change, files, partial(loaded, who, change))
        times.add(_counted(change, decision))
        decided += _decided(change, who, files, decision)
        if len(decided) >= FETCHED:
            scratch.fill("decided_clocks", decided)
            decided = []
    scratch.fill("decided_clocks", decided)
    scratch.execute(statement("read/decide_clocks"))
    return times


def _clock_file(rows: list[tuple[Any, ...]]) -> ClockFile:
    first_before, last_before, first_after, last_after = rows[0][5:9]
    return ClockFile(
        [
            ClockRow(place, clock, tuple(measured.values()))
            for *_, place, clock, measured in rows
            if place is not None
        ],
        before=None if first_before is None else (first_before, last_before),
        after=None if first_after is None else (first_after, last_after),
    )


def _decided(
    change: Change, participant_id: str, files: list[ClockFile], decision: Decision
) -> Iterator[tuple[object, ...]]:
    both = change.before + change.after
    for row in chain.from_iterable(file.rows for file in files):
        offset = decision.offsets.get(row.line)
        if offset is not None:
            instant, alternative = row.clock - offset, row.clock - (both - offset)
            yield (row.line, participant_id, instant, alternative)


def _counted(change: Change, decision: Decision) -> DoubtfulTimes:
    rows = len(decision.offsets)
    if not change.twice:
        return DoubtfulTimes(never=rows)
    return DoubtfulTimes(repeated=rows) if decision.is_certain else DoubtfulTimes(ambiguous=rows)
