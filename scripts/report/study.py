"""The data of the report, read from the marts and the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg2.extensions import cursor as Cursor

from loader.commands.storage import Storage, read_storage
from loader.database.session import connect
from loader.errors import ExitCode, LoaderError
from loader.wording import shown
from scripts.report.history import Level, read_history
from scripts.report.queries import rows_of, snapshot


@dataclass(frozen=True)
class Study:
    """The rows of each query in ``sql/``, by the query's name.

    Attributes:
        made_at: the server's time, with its zone.
        built: whether the marts exist, with or without readings.
        coverage: one row per participant.
        runs: the newest runs.
        person: the row of ``coverage`` for the participant shown; None if there are no readings.
        days, minutes, hours_of_week, gaps, headlines, workouts, unusual_days: rows of that
            participant.
        history: the levels of that participant's whole history.
        storage: what heart_rate takes on disk, one row; none before it is built.
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
    headlines: list[Any] = field(default_factory=list)
    workouts: list[Any] = field(default_factory=list)
    unusual_days: list[Any] = field(default_factory=list)
    history: list[Level] = field(default_factory=list)
    storage: list[Storage] = field(default_factory=list)

    @property
    def time_zone(self) -> str:
        """The zone of every time on the page: the shown participant's."""
        return self.person.time_zone if self.person is not None else "UTC"


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
        storage = [found] if has_runs and (found := read_storage(session)) else []
        person = _person(coverage, participant)
        of_person = {} if person is None else _of_person(cursor, person)
        return Study(made_at, has_marts, coverage, runs, person, storage=storage, **of_person)


def read_everyone(environ: Mapping[str, str], study: Study) -> Iterator[Study]:
    """Read the data of each participant of a study in turn, with that participant's coverage alone.

    No transaction is open between two participants: a full refresh need not wait for the report.

    Raises:
        DatabaseError: it can't be reached.
    """
    with connect(environ, "report") as session:
        for person in study.coverage:
            with snapshot(session) as cursor:
                rows = _of_person(cursor, person)
            if rows["days"]:  # else the participant has been forgotten since
                yield Study(study.made_at, True, coverage=[person], person=person, **rows)


def _of_person(cursor: Cursor, person: Any) -> dict[str, list[Any]]:
    names = ("days", "minutes", "hours_of_week", "gaps", "headlines", "workouts", "unusual_days")
    rows = {name: rows_of(cursor, name, person) for name in names}
    rows["history"] = read_history(cursor, person, rows["days"]) if rows["days"] else []
    return rows


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
