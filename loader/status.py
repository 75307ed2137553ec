"""What is in and how the last run went, in a few lines and well under a second."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from loader.database import connect, prepare
from loader.lock_watch import locks_watched
from loader.participants import describe_rule
from loader.report import Console
from loader.settings import Settings
from loader.sql import statement
from loader.state import State, read_state
from loader.summary import utc


@dataclass(frozen=True)
class MartStatus:
    """What the marts know; days are participant-days of the last 30 days.

    Attributes:
        first_timestamp: the first reading.
        days: how many there could be.
        with_data, not_valid, with_gaps: how many hold readings, were worn too little for a valid
            day, hold the end of a gap.
    """

    first_timestamp: datetime | None
    days: int
    with_data: int
    not_valid: int
    with_gaps: int


@dataclass(frozen=True)
class Status:
    """What ``status`` tells.

    Attributes:
        settings, state: where things are and what the state file says.
        marts: what the marts know besides; None before the first run.
        last_ok: when the last run that ended well ended.
        latest_timestamp: the latest reading ingested.
        readings, participants, files: how many are in, by the ledger; a reading that several
            files give counts for each.
        rejected: rejected rows waiting to be looked at.
        passed_over: files that no reader claims.
        last_outcome, last_error: how the newest run ended.
    """

    settings: Settings
    state: State
    marts: MartStatus | None
    last_ok: datetime | None
    latest_timestamp: datetime | None
    readings: int
    participants: int
    files: int
    rejected: int
    passed_over: int
    last_outcome: str | None
    last_error: str | None


def read_status(settings: Settings) -> Status:
    """Ask the ledger.

    Raises:
        DatabaseError: the database can't be reached.
    """
    with (
        connect(os.environ, "status") as session,
        locks_watched(settings.lock_wait, Console().note),
    ):
        prepare(session, settings.lock_wait)
        with session.cursor() as cursor:
            cursor.execute(statement("postgres/status"))
            row = cursor.fetchone()
            assert row is not None  # the query is one row of aggregates
            marts = _read_marts(cursor)
    return Status(settings, read_state(settings.state_file), marts, *row)


def _read_marts(cursor: Cursor) -> MartStatus | None:
    cursor.execute("select to_regclass('marts.heart_rate_coverage') is not null")
    (built,) = cursor.fetchone() or (False,)
    if not built:
        return None
    cursor.execute(statement("postgres/status_marts"))
    return MartStatus(*(cursor.fetchone() or (None, 0, 0, 0, 0)))


def render_status(status: Status) -> str:
    """The lines for a terminal."""
    return "\n".join(
        [
            f"last OK run  {_last_ok(status)}",
            f"last run     {status.last_outcome or 'none'}"
            + (f": {status.last_error}" if status.last_error else ""),
            f"readings     {status.readings:,} given by {status.files:,} files, "
            f"of {status.participants:,} participants",
            f"range        {_range(status)}",
            f"last month   {_recent(status.marts)}",
            f"rejected     {_rejected(status.rejected)}",
            f"state file   {_state(status)}",
            f"passed over  {_passed_over(status.passed_over)}",
            f"participant  {describe_rule(status.settings)}",
            f"local times  {_zone(status.settings)}",
        ]
    )


def _passed_over(count: int) -> str:
    if not count:
        return "none"
    return f"{count:,} files: make psql, then select path from ingest.passed_over;"


def _zone(settings: Settings) -> str:
    told = f"{settings.time_zone} (FITBIT_TIMEZONE)" if settings.time_zone else "no zone is set"
    return f"the participant's zone in seeds/participants.csv, else {told}"


def _last_ok(status: Status) -> str:
    if status.last_ok is None:
        return "never: make ingest"
    ago = datetime.now(UTC) - status.last_ok
    hint = "" if ago < timedelta(days=2) else "; is cron running? make cron-install"
    return f"{utc(status.last_ok)} ({_age(ago)} ago{hint})"


def _range(status: Status) -> str:
    first = status.marts.first_timestamp if status.marts else None
    if status.latest_timestamp is None:
        return "none: put files into DATA_DIR, then make ingest"
    return (f"{utc(first)} to " if first else "up to ") + utc(status.latest_timestamp)


def _recent(marts: MartStatus | None) -> str:
    if marts is None or not marts.days:
        return "nothing yet"
    if not marts.with_data:
        return "no readings: export and copy newer files into DATA_DIR, then make ingest"
    empty = marts.days - marts.with_data
    told = f"{empty:,} of {marts.days:,} days without readings, {marts.with_gaps:,} with gaps"
    told += f", {marts.not_valid:,} worn too little"
    if empty:
        told += "; not worn, or not exported? make report shows which days"
    return told


def _age(ago: timedelta) -> str:
    if ago < timedelta(hours=2):
        return f"{ago.total_seconds() / 60:.0f} minutes"
    if ago < timedelta(days=2):
        return f"{ago.total_seconds() / 3600:.0f} hours"
    return f"{ago.days} days"


def _rejected(count: int) -> str:
    if not count:
        return "none"
    return f"{count:,} rows: make psql, then select * from ingest.rejected_rows;"


def _state(status: Status) -> str:
    if not status.state.exists:
        return f"none at {status.settings.state_file}: the next ingest starts over"
    return (
        status.state.complaint or f"{utc(status.state.last_ok_run)} ({status.settings.state_file})"
    )
