"""What is in and how the last run went, in a few lines and well under a second."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loader.database import connect, prepare
from loader.settings import Settings
from loader.sql import statement
from loader.state import State, read_state
from loader.summary import utc


@dataclass(frozen=True)
class Status:
    """What ``status`` tells.

    Attributes:
        settings, state: where things are and what the state file says.
        last_ok: when the last run that ended well ended.
        latest_timestamp: the latest reading ingested.
        readings, participants, files: how many are in, by the ledger.
        rejected: rejected rows waiting to be looked at.
        last_outcome, last_error: how the newest run ended.
    """

    settings: Settings
    state: State
    last_ok: datetime | None
    latest_timestamp: datetime | None
    readings: int
    participants: int
    files: int
    rejected: int
    last_outcome: str | None
    last_error: str | None


def read_status(settings: Settings) -> Status:
    """Ask the ledger.

    Raises:
        DatabaseError: the database can't be reached.
    """
    with connect(os.environ, "status") as session:
        prepare(session)
        with session.cursor() as cursor:
            cursor.execute(statement("postgres/status"))
            row = cursor.fetchone()
            assert row is not None  # the query is one row of aggregates
    return Status(settings, read_state(settings.state_file), *row)


def render_status(status: Status) -> str:
    """The lines for a terminal."""
    return "\n".join(
        [
            f"last OK run  {_last_ok(status)}",
            f"last run     {status.last_outcome or 'none'}"
            + (f": {status.last_error}" if status.last_error else ""),
            f"readings     {status.readings:,} of {status.participants:,} participants "
            f"in {status.files:,} files, up to {utc(status.latest_timestamp)}",
            f"rejected     {_rejected(status.rejected)}",
            f"state file   {_state(status)}",
            f"participant  {status.settings.participant} (FITBIT_PARTICIPANT), "
            "where a file does not say",
        ]
    )


def _last_ok(status: Status) -> str:
    if status.last_ok is None:
        return "never: make ingest"
    ago = datetime.now(UTC) - status.last_ok
    hint = "" if ago < timedelta(days=2) else "; is cron running? make cron-install"
    return f"{utc(status.last_ok)} ({_age(ago)} ago{hint})"


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
