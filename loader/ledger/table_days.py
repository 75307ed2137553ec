"""What the table holds, by participant and UTC day, to be compared with the files."""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Event

from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.session import connect_again, heart_rate_oid
from loader.sql import statement

TableDay = tuple[str, date, int, int]
"""Participant, UTC day, how many readings, their checksum."""

MODULO = 2**61
"""Checksums of days add up to that of a stretch, modulo this (ledger/table_days.sql)."""

EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
"""The one stretch of a table without chunks."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Whole UTC days of the table, as its chunks divide them.

    Attributes:
        start, end: the midnights it lies between.
        participant_id: whose readings they all are; None if several participants have some.
        total: of a single participant, how many readings, and their checksum.
        days: of several, what the table holds by day.
    """

    start: datetime
    end: datetime
    participant_id: str | None
    total: tuple[int, int]
    days: Sequence[TableDay]


class TableDays:
    """What the table holds by participant and UTC day, queried before it is needed."""

    def __init__(self, session: Connection, stretches: Future[list[Stretch]]) -> None:
        self._session = session
        self._stretches = stretches
        self._queried_days: dict[datetime, list[TableDay]] = {}

    def compared_with(self, expected: Sequence[TableDay]) -> list[TableDay]:
        """Wait for the answer: the table's days, if the table is expected to hold ``expected``.

        If one participant's total of a stretch is that of the expected days, those are the table's:
        one reading more, fewer or on another day would make another sum. Other days are queried.
        """
        stretches = self._stretches.result()
        starts = [stretch.start.date() for stretch in stretches]
        within: dict[int, list[TableDay]] = defaultdict(list)
        for day in expected:
            place = bisect_right(starts, day[1]) - 1
            if place >= 0 and day[1] < stretches[place].end.date():
                within[place].append(day)
        return [
            day
            for place, stretch in enumerate(stretches)
            for day in self._days_of(stretch, within[place])
        ]

    def _days_of(self, stretch: Stretch, expected: Sequence[TableDay]) -> Sequence[TableDay]:
        if stretch.participant_id is None:
            return stretch.days
        readings = sum(readings for *_, readings, _ in expected)
        checksum = sum(checksum for *_, checksum in expected) % MODULO
        participants = {who for who, *_ in expected}
        if participants == {stretch.participant_id} and (readings, checksum) == stretch.total:
            return expected
        if stretch.start not in self._queried_days:
            days = table_days(self._session, stretch.start, stretch.end)
            self._queried_days[stretch.start] = days
        return self._queried_days[stretch.start]


@contextmanager
def query_table_days(command: str, *, parallel: bool = True) -> Iterator[TableDays]:
    """Begin to query what the table holds, in a separate session.

    A full comparison needs the result once the files are read. Until then, the server computes it
    on the cores that reading and staging leave free. The session and its statement end with the
    context, so that they don't block a rebuild.

    Args:
        command: whose session it is, for the database's list of them.
        parallel: whether the server may use several cores for it.

    Raises:
        DatabaseError: the server accepts no connection, or a statement fails.
    """
    cancelled = Event()
    with (
        connect_again(os.environ, command) as session,
        ThreadPoolExecutor(max_workers=1) as executor,
    ):
        if not parallel:
            with session.cursor() as cursor:
                cursor.execute("set max_parallel_workers_per_gather = 0")
        stretches = executor.submit(_query_stretches, session, cancelled)
        try:
            yield TableDays(session, stretches)
        finally:
            cancelled.set()
            if not stretches.done():
                session.cancel()


def _query_stretches(session: Connection, cancelled: Event) -> list[Stretch]:
    if heart_rate_oid(session) is None:
        return []
    stretches = []
    for start, end in stretches_of_days(session):
        if cancelled.is_set():
            raise InterruptedError("cancelled: the consumer has stopped")
        stretches.append(_query_stretch(session, start, end))
    return stretches


def _query_stretch(session: Connection, start: datetime, end: datetime) -> Stretch:
    bounds = {"start": start, "end": end}
    first, last = query.row(session, statement("ledger/stretch_participants"), bounds)
    if first is None or first != last:
        return Stretch(start, end, None, (0, 0), table_days(session, start, end))
    total = query.row(session, _with_hash("stretch_total"), bounds)
    return Stretch(start, end, first, total, [])


def stretches_of_days(session: Connection) -> list[tuple[datetime, datetime]]:
    """The chunks, each widened to whole UTC days and joined with the next if both share one."""
    stretches: list[tuple[datetime, datetime]] = []
    for range_start, range_end in query.rows(session, statement("ledger/table_chunks")):
        start = _midnight(range_start.date())
        end = _midnight((range_end - datetime.resolution).date()) + DAY
        if stretches and start < stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, end))
    return stretches or [EVER]


def table_days(
    session: Connection, start: datetime = EVER[0], end: datetime = EVER[1]
) -> list[TableDay]:
    """(participant, day, readings, checksum) of ``public.heart_rate`` between midnights (UTC)."""
    return query.rows(session, _with_hash("table_days"), {"start": start, "end": end})


def _with_hash(name: str) -> sql.Composed:
    """A statement with the formula for a reading's hash, which two share."""
    formula = sql.SQL(statement("ledger/reading_hash"))
    return sql.SQL(statement(f"ledger/{name}")).format(reading_hash=formula)


def from_floor(days: Sequence[TableDay], floor: date | None) -> list[TableDay]:
    """The days that retention keeps; all if there is no floor."""
    return [day for day in days if floor is None or day[1] >= floor]


def readings_between(
    session: Connection, participant_id: str, start: datetime, end: datetime
) -> list[tuple[datetime, float, int | None]]:
    """(timestamp, value, confidence) of one participant in the table, from ``start`` to ``end``."""
    # psycopg2 sends bound values as literals, so only the chunks between are planned.
    return query.rows(session, statement("ledger/table_readings"), (participant_id, start, end))


def lost_readings(session: Connection, days: Sequence[tuple[str, date]]) -> int:
    """How many readings of these participant-days are missing from the bulk-load table."""
    if not days:
        return 0
    lost = query.value(
        session,
        "select staging.lost_readings("
        "'public.heart_rate', 'staging.heart_rate_bulk_load', %s, %s::date [])",
        ([who for who, _ in days], [day for _, day in days]),
    )
    return int(lost)


def holds_reading(session: Connection, participant_id: str, instant: datetime) -> bool:
    """Whether the table has a reading of this participant at this instant."""
    return bool(query.rows(session, statement("ledger/holds_reading"), (participant_id, instant)))


def _midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
