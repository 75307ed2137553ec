"""What the table holds, by participant and UTC day, to be compared with what the files give."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from psycopg2.extensions import connection as Connection

from loader.database import connect, heart_rate_oid
from loader.sql import statement

TableDay = tuple[str, date, int, int]
"""Participant, UTC day, how many readings, their checksum."""

TableDays = Callable[[], list[TableDay]]
"""Gives what the table holds, once the answer is there."""


def table_days(session: Connection) -> list[TableDay]:
    """(participant, day, readings, checksum) of ``public.heart_rate``; nothing if there is none."""
    if heart_rate_oid(session) is None:
        return []
    with session.cursor() as cursor:
        cursor.execute(statement("postgres/table_days"))
        return cursor.fetchall()


@contextmanager
def table_days_meanwhile(command: str, *, parallel: bool = True) -> Iterator[TableDays]:
    """Begin ``table_days`` in a session of its own; what is given waits for the answer.

    A full comparison wants it once the files are read: asked for beforehand, it is computed on
    what reading and staging leave of the cores. The session ends with the context, and its
    statement with it, so that nothing is left in the way of a rebuild.

    Args:
        command: whose session it is, for the database's list of them.
        parallel: whether the server may use several cores for it; not where others need them.

    Raises:
        DatabaseError: there is no connection to be had, or the statement fails.
    """
    with connect(os.environ, command) as session, ThreadPoolExecutor(max_workers=1) as asking:
        if not parallel:
            with session.cursor() as cursor:
                cursor.execute("set max_parallel_workers_per_gather = 0")
        answer = asking.submit(table_days, session)
        try:
            yield answer.result
        finally:
            if not answer.done():
                session.cancel()


def table_readings(
    session: Connection, participant_id: str, day: date
) -> list[tuple[datetime, float, int | None]]:
    """(timestamp, value, confidence) of one participant and UTC day in the table."""
    start = _midnight(day)
    with session.cursor() as cursor:
        # psycopg2 sends bound values as literals, so only this day's chunk is planned.
        cursor.execute(
            statement("postgres/table_readings"), (participant_id, start, start + timedelta(days=1))
        )
        return cursor.fetchall()


def lost_readings(session: Connection, days: Sequence[tuple[str, date]]) -> int:
    """How many readings of these participant-days the table has and the whole one staged not."""
    if not days:
        return 0
    first, last = min(day for _, day in days), max(day for _, day in days)
    with session.cursor() as cursor:
        cursor.execute(
            statement("postgres/lost"),
            {
                "participant_ids": [who for who, _ in days],
                "days": [day for _, day in days],
                "first_day": _midnight(first),
                "end": _midnight(last + timedelta(days=1)),
            },
        )
        (lost,) = cursor.fetchone() or (0,)
    return int(lost)


def holds_reading(session: Connection, participant_id: str, instant: datetime) -> bool:
    """Whether the table has a reading of this participant at this instant."""
    with session.cursor() as cursor:
        cursor.execute(statement("postgres/holds_reading"), (participant_id, instant))
        return cursor.fetchone() is not None


def _midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
