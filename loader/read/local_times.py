"""Turn local times into instants: most as they are read, the doubtful ones once all files are."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import duckdb

from loader.errors import BadFileError
from loader.find.participants import Zones
from loader.read.clock_changes import (
    Change,
    ClockFile,
    ClockRow,
    DoubtfulTimes,
    Loaded,
    Settled,
    changes_between,
    offset_at,
    settle,
)
from loader.read.scratch_table import fill
from loader.sql import statement

FETCHED = 10_000
"""Rows in doubt held in memory at a time, besides those of one participant and change."""

MICROSECOND = timedelta(microseconds=1)

MARGIN = timedelta(days=4)
"""Changes are looked for this long before the first and after the last time read: the neighbours of
a day that was left out reach as far."""


LoadedAround = Callable[[str, Change], Loaded]
"""Called with a participant and a change: what the table has at the instants that the doubtful
times may mean, if a missing file may have told which are meant; else nothing."""


def nothing_loaded(_participant_id: str, _change: Change) -> Loaded:
    """For a command that decides local times by the files alone."""
    return {}


def read_clocks(session: duckdb.DuckDBPyConnection, zones: Zones) -> None:
    """Move the rows in ``clocks`` to ``readings``, with the instants they mean.

    A doubtful time gets the offset before the change, and is kept for ``decide_doubtful``.

    Raises:
        BadFileError: nothing says in which zone a participant's clock was.
    """
    ranges = session.execute(statement("read/clock_ranges")).fetchall()
    zone_of = {who: _zone(zones, who) for who, _, _ in ranges}
    fill(session, "clock_zones", list(zone_of.items()))
    known = set(session.execute("select zone, instant from clock_changes").fetchall())
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
        fill(session, "clock_offsets", offsets)
        new = [change for change in changes if (zone, change.instant) not in known]
        fill(session, "clock_changes", [_change_row(zone, change) for change in new])
    (first_place,) = session.execute("select count(*) from readings").fetchone() or (0,)
    session.execute(statement("read/instants"))
    session.execute(statement("read/keep_clocks"), {"first_place": first_place})


def _zone(zones: Zones, participant_id: str) -> str:
    zone = zones.of(participant_id)
    if zone is None:
        raise BadFileError(
            f"it holds local times of {participant_id}, and nothing says of which time zone",
            "set FITBIT_TIMEZONE (for example Europe/Berlin), or give the participant a row with "
            "a time_zone in dbt_project/seeds/participants.csv; then make ingest",
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


def decide_doubtful(
    session: duckdb.DuckDBPyConnection,
    reading: duckdb.DuckDBPyConnection,
    loaded: LoadedAround = nothing_loaded,
) -> DoubtfulTimes:
    """Decide the doubtful times among all rows read, whichever file has them.

    Args:
        session: where ``readings`` are changed.
        reading: another cursor on the same database, for the rows to decide.
        loaded: called only for rows that no other row decides.
    """
    times = DoubtfulTimes()
    decided: list[tuple[object, ...]] = []
    doubtful = reading.execute(statement("read/doubtful_clocks"))
    for (instant, before, after, who), rows in groupby(
        _fetched(doubtful), key=itemgetter(0, 1, 2, 3)
    ):
        change = Change(instant, before * MICROSECOND, after * MICROSECOND)
        files = [_clock_file(list(of_file)) for _, of_file in groupby(rows, key=itemgetter(4))]
        settled = settle(change, files, partial(loaded, who, change))
        times.add(_counted(change, settled))
        decided += _decided(change, who, files, settled)
        if len(decided) >= FETCHED:
            fill(session, "decided_clocks", decided)
            decided = []
    fill(session, "decided_clocks", decided)
    session.execute(statement("read/decide_clocks"))
    return times


def _clock_file(rows: list[tuple[Any, ...]]) -> ClockFile:
    first_before, last_before, first_after, last_after = rows[0][5:9]
    return ClockFile(
        [
            ClockRow(place, clock, (bpm, sure))
            for *_, place, clock, bpm, sure in rows
            if place is not None
        ],
        before=None if first_before is None else (first_before, last_before),
        after=None if first_after is None else (first_after, last_after),
    )


def _decided(
    change: Change, participant_id: str, files: list[ClockFile], settled: Settled
) -> Iterator[tuple[object, ...]]:
    both = change.before + change.after
    for row in chain.from_iterable(file.rows for file in files):
        offset = settled.offsets.get(row.line)
        if offset is not None:
            instant, alternative = row.clock - offset, row.clock - (both - offset)
            yield (row.line, participant_id, instant, alternative, *row.reading)


def _counted(change: Change, settled: Settled) -> DoubtfulTimes:
    rows = len(settled.offsets)
    if not change.twice:
        return DoubtfulTimes(never=rows)
    return DoubtfulTimes(repeated=rows) if settled.told else DoubtfulTimes(ambiguous=rows)


def _fetched(rows: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(iter(lambda: rows.fetchmany(FETCHED), []))
