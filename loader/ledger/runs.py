"""``ingest.runs``: one row a run, opened when it starts and closed however it ends."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.ledger.data_folder import DataFolder
from loader.ledger.row_counts import Counts
from loader.sql import statement


@dataclass(frozen=True)
class LastRun:
    """What the newest run that ended well recorded: ``last_OK_run``, and the table it wrote."""

    last_ok_run: datetime | None
    heart_rate_oid: int | None


@dataclass(frozen=True)
class RunEnd:
    """How a run ended.

    Attributes:
        outcome: ok, nothing new, staged or failed.
        counts: its row counts.
        last_ok_run: what the state file says after it.
        heart_rate_oid: the identity of the table it left.
        seconds: how long each step took.
        error: the one line that was printed, if it failed.
    """

    outcome: str
    counts: Counts
    seconds: dict[str, float]
    last_ok_run: datetime | None = None
    heart_rate_oid: int | None = None
    error: str | None = None


def last_ok_run(session: Connection) -> LastRun | None:
    """The newest run that ended well, None in a new database."""
    found = query.row(session, statement("ledger/last_run"))
    return LastRun(*found) if found else None


def start_run(session: Connection, command: str, mode: str, folder: DataFolder) -> int:
    """Open a run's row and return its id; rows of killed runs are marked as interrupted."""
    values = {
        "command": command,
        "mode": mode,
        "data_dir": folder.path,
        "data_dir_identity": folder.identity,
    }
    with session, session.cursor() as cursor:
        cursor.execute(statement("ledger/mark_interrupted_runs"))
        return int(query.value(session, statement("ledger/start_run"), values))


def started_at(session: Connection, run_id: int) -> str:
    """When a run started, as text."""
    started = "select started_at::text from ingest.runs where run_id = %s"
    return str(query.value(session, started, (run_id,)))


def end_run(session: Connection, run_id: int, end: RunEnd) -> None:
    """Close a run's row, in the caller's transaction if there is one."""
    values = {
        **asdict(end.counts),
        **asdict(end.counts.local_times),
        **vars(end),
        "seconds": json.dumps(end.seconds),
        "run_id": run_id,
    }
    with session.cursor() as cursor:
        cursor.execute(statement("ledger/end_run"), values)


def merged(session: Connection, run_id: int) -> tuple[int, int, int, int]:
    """(new, late, corrected, moved) as the merge of this run counted them; dbt writes that row."""
    found = query.row(session, statement("ledger/merged"), (run_id,))
    new, late, corrected, moved = found or (0, 0, 0, 0)
    return new, late, corrected, moved


def has_uncommitted_merge(session: Connection) -> bool:
    """Whether a run merged and died before its entry in the ledger."""
    return bool(query.value(session, statement("ledger/uncommitted_merge")))
