"""Turn the local times of the rows just read into instants, and count those that were in doubt."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import duckdb

from loader.errors import BadFileError
from loader.local_time import (
    Change,
    ClockRow,
    DoubtfulTimes,
    Settled,
    changes_between,
    offset_at,
    settle,
)
from loader.participants import Zones
from loader.scratch_table import fill
from loader.sql import statement

FETCHED = 10_000
"""Rows in doubt held in memory at a time, besides those of one night."""

MICROSECOND = timedelta(microseconds=1)

ClockChange = tuple[str, Change]
"""A zone and a change of its offset; its number is its place in a list."""


def settle_clocks(session: duckdb.DuckDBPyConnection, zones: Zones) -> DoubtfulTimes:
    """Move the rows in ``clocks`` to ``readings``, with the instants they mean.

    Raises:
        BadFileError: nothing says in which zone a participant's clock was.
    """
    ranges = session.execute(statement("scratch/clock_ranges")).fetchall()
    zone_of = {who: _zone(zones, who) for who, _, _ in ranges}
    fill(session, "clock_zones", list(zone_of.items()))
    found: list[ClockChange] = []
    for zone in sorted(set(zone_of.values())):
        clocks = [
            clock
            for who, *first_and_last in ranges
            if zone_of[who] == zone
            for clock in first_and_last
            if clock is not None
        ]
        if clocks:
            found += _tell_offsets(session, zone, min(clocks), max(clocks))
    doubtful = _settle_doubtful(session, found)
    session.execute(statement("scratch/settle_clocks"))
    return doubtful


def _zone(zones: Zones, participant_id: str) -> str:
    zone = zones.of(participant_id)
    if zone is None:
        raise BadFileError(
            f"it holds local times of {participant_id}, and nothing says of which time zone",
            "set FITBIT_TIMEZONE (for example Europe/Berlin), or give the participant a row with "
            "a time_zone in dbt_project/seeds/participants.csv; then make ingest",
        )
    return zone


def _tell_offsets(
    session: duckdb.DuckDBPyConnection, zone: str, first: datetime, last: datetime
) -> list[ClockChange]:
    """Fill ``clock_offsets`` for a zone; returns its changes in this range."""
    begin, end = first - timedelta(days=2), last + timedelta(days=2)
    changes = changes_between(zone, begin, end)
    rows = [(zone, datetime(1, 1, 1), offset_at(zone, begin) // MICROSECOND)]
    rows += [(zone, change.end, change.after // MICROSECOND) for change in changes]
    fill(session, "clock_offsets", rows)
    return [(zone, change) for change in changes]


def _settle_doubtful(session: duckdb.DuckDBPyConnection, found: list[ClockChange]) -> DoubtfulTimes:
    if not found:
        return DoubtfulTimes()
    fill(
        session, "clock_changes", [_change_row(number, *each) for number, each in enumerate(found)]
    )
    changes = session.execute(statement("scratch/doubtful_changes")).fetchall()
    doubtful = session.execute(
        statement("scratch/doubtful_clocks"), {"changes": [number for (number,) in changes]}
    )
    settled: list[tuple[int, int]] = []
    times = DoubtfulTimes()
    for (_, _, number), night in groupby(_fetched(doubtful), key=itemgetter(0, 1, 2)):
        change = found[number][1]
        rows = [ClockRow(line, clock, (bpm, sure)) for *_, line, clock, bpm, sure in night]
        decided = settle(change, rows)
        settled += [(line, offset // MICROSECOND) for line, offset in decided.offsets.items()]
        times.add(_counted(change, decided))
    fill(session, "settled_clocks", settled)
    return times


def _counted(change: Change, settled: Settled) -> DoubtfulTimes:
    rows = len(settled.offsets)
    if not change.twice:
        return DoubtfulTimes(never=rows)
    return DoubtfulTimes(repeated=rows) if settled.told else DoubtfulTimes(ambiguous=rows)


def _change_row(number: int, zone: str, change: Change) -> tuple[object, ...]:
    # A time that occurs twice is decided among its like, one that never occurs by its neighbours.
    near = timedelta() if change.twice else 2 * (change.end - change.begin) + timedelta(hours=1)
    return (zone, number, change.begin, change.end, change.begin - near, change.end + near)


def _fetched(rows: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(iter(lambda: rows.fetchmany(FETCHED), []))
