"""The data of the report, read from the marts and the ledger."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import NamedTupleCursor

from loader.database.session import connect
from loader.errors import ExitCode, LoaderError
from loader.wording import shown


@dataclass(frozen=True)
class Study:
    """The rows of each query in ``sql/``, by the query's name.

    Attributes:
        made_at: the server's time.
        built: whether the marts exist, with or without readings.
        coverage: one row per participant.
        runs: the newest runs.
        person: the row of ``coverage`` for the participant shown; None if there are no readings.
        days, minutes, hours_of_week, gaps: rows of that participant.
    """

    made_at: datetime
    built: bool
    coverage: list[Any] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)
    person: Any = None
    days: list[Any] = field(default_factory=list)
    minutes: list[Any] = field(default_factory=list)
    hours_of_week: list[Any] = field(default_factory=list)
    gaps: list[Any] = field(default_factory=list)


class UnknownParticipantError(LoaderError):
    """The requested participant has no readings."""

    exit_code = ExitCode.USAGE


def read_study(environ: Mapping[str, str], participant: str | None = None) -> Study:
    """Read the report's data from the database.

    Raises:
        DatabaseError: it can't be reached.
        UnknownParticipantError: the participant has no readings.
    """
    with connect(environ, "report") as session, snapshot(session) as cursor:
        (made_at, has_marts, has_runs) = rows_of(cursor, "state")[0]
        runs = rows_of(cursor, "runs") if has_runs else []
        coverage = rows_of(cursor, "coverage") if has_marts else []
        person = _person(coverage, participant)
        if person is None:
            return Study(made_at, has_marts, runs=runs)
        return Study(made_at, has_marts, coverage, runs, person, **_rows_of_person(cursor, person))


def read_everyone(environ: Mapping[str, str], study: Study) -> Iterator[Study]:
    """Read the data of each participant of a study in turn, with that participant's coverage alone.

    No transaction is open between two participants: a full refresh need not wait for the report.

    Raises:
        DatabaseError: it can't be reached.
    """
    with connect(environ, "report") as session:
        for person in study.coverage:
            with snapshot(session) as cursor:
                rows = _rows_of_person(cursor, person)
            if rows["days"]:  # else the participant has been forgotten since
                yield Study(study.made_at, True, coverage=[person], person=person, **rows)


@contextmanager
def snapshot(session: Connection) -> Iterator[Cursor]:
    """A transaction whose statements all see the database as it is at the first of them."""
    with session, session.cursor(cursor_factory=NamedTupleCursor) as named:
        cursor: Cursor = named
        cursor.execute("set transaction isolation level repeatable read, read only")
        yield cursor


def _rows_of_person(cursor: Cursor, person: Any) -> dict[str, list[Any]]:
    names = ("days", "minutes", "hours_of_week", "gaps")
    return {name: rows_of(cursor, name, person) for name in names}


def _person(coverage: list[Any], participant: str | None) -> Any:
    """The requested participant, or the one with the most days; None without participants."""
    if participant is None:
        return max(coverage, key=lambda row: row.days_with_data, default=None)
    for row in coverage:
        if participant in (row.participant_id, shown(row.participant_id)):
            return row
    raise UnknownParticipantError(
        f"there are no readings of {participant}",
        f"choose one of: {', '.join(row.participant_id for row in coverage) or 'none yet'}",
    )


def rows_of(cursor: Cursor, name: str, person: Any = None) -> list[Any]:
    """The rows of the query ``sql/NAME.sql``, for one participant or for all."""
    whose = {"participant": person.participant_id, "time_zone": person.time_zone} if person else {}
    cursor.execute(_statement(name), whose)
    return cursor.fetchall()


@cache
def _statement(name: str) -> str:
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
