"""What the report shows, read from the marts and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import NamedTupleCursor

from loader.database import connect
from loader.errors import ExitCode, LoaderError


@dataclass(frozen=True)
class Study:
    """Rows of each query in ``sql/``, by its name; for one participant where it says so.

    Attributes:
        made_at: the server's clock.
        coverage: every participant.
        runs: the newest runs.
        participant, time_zone, birth_year: whose figures; None where there are no readings.
        days, minutes, hours_of_week, weeks, gaps: that participant's.
    """

    made_at: datetime
    coverage: list[Any] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)
    participant: str | None = None
    time_zone: str = "UTC"
    birth_year: int = 0
    zones: list[Any] = field(default_factory=list)
    days: list[Any] = field(default_factory=list)
    minutes: list[Any] = field(default_factory=list)
    hours_of_week: list[Any] = field(default_factory=list)
    gaps: list[Any] = field(default_factory=list)


class UnknownParticipantError(LoaderError):
    """The report was asked for somebody who has no readings."""

    exit_code = ExitCode.USAGE


def read_study(environ: Mapping[str, str], participant: str | None = None) -> Study:
    """Ask the database.

    Raises:
        DatabaseError: it can't be reached.
        UnknownParticipantError: the participant has no readings.
    """
    with (
        connect(environ, "report") as session,
        session,
        session.cursor(cursor_factory=NamedTupleCursor) as cursor,
    ):
        (made_at, has_marts, has_runs) = _rows(cursor, "state")[0]
        runs = _rows(cursor, "runs") if has_runs else []
        coverage = _rows(cursor, "coverage") if has_marts else []
        names = [row.participant_id for row in coverage]
        if participant is not None and participant not in names:
            raise UnknownParticipantError(
                f"there are no readings of {participant}",
                f"one of these: {', '.join(names) or 'nobody yet'}",
            )
        if not coverage:
            return Study(made_at, runs=runs)
        who = participant or max(coverage, key=lambda row: row.days_with_data).participant_id
        person = _rows(cursor, "person", who)[0]
        rows = {
            name: _rows(cursor, name, who, person.time_zone)
            for name in ("days", "minutes", "hours_of_week", "gaps")
        }
        return Study(
            made_at,
            coverage,
            runs,
            who,
            person.time_zone,
            person.birth_year,
            _rows(cursor, "zones"),
            **rows,
        )


def _rows(cursor: Cursor, name: str, who: str | None = None, time_zone: str = "UTC") -> list[Any]:
    cursor.execute(_statement(name), {"participant": who, "time_zone": time_zone})
    return cursor.fetchall()


@cache
def _statement(name: str) -> str:
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
