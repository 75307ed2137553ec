"""``ingest.runs``: one row a run, opened when it starts and closed however it ends."""

import json
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from loader.ledger.data_folder import DataFolder
from loader.ledger.row_counts import Counts
from loader.sql import statement


@dataclass(frozen=True)
class LastRun:
    """The newest run that ended well: what it recorded as ``last_OK_run``, and of which table."""

    last_ok_run: datetime | None
    heart_rate_oid: int | None


@dataclass(frozen=True)
class RunEnd:
    """How a run ended.

    Attributes:
        outcome: ok, nothing new, staged or failed.
        counts: what became of the rows.
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
    with session.cursor() as cursor:
        cursor.execute(statement("ledger/last_run"))
        row = cursor.fetchone()
        return LastRun(*row) if row else None


def start_run(session: Connection, command: str, mode: str, folder: DataFolder) -> int:
    """Open a run's row and return its id; rows of killed runs are marked as interrupted."""
    with session, session.cursor() as cursor:
        cursor.execute(statement("ledger/mark_interrupted_runs"))
        cursor.execute(
            statement("ledger/start_run"),
            {
                "command": command,
                "mode": mode,
                "data_dir": folder.path,
                "data_dir_identity": folder.identity,
            },
        )
        (run_id,) = cursor.fetchone() or (0,)
        return int(run_id)


def started_at(session: Connection, run_id: int) -> str:
    """When a run started, as text."""
    with session.cursor() as cursor:
        cursor.execute("select started_at::text from ingest.runs where run_id = %s", (run_id,))
        (text,) = cursor.fetchone() or ("",)
        return str(text)


def end_run(session: Connection, run_id: int, end: RunEnd) -> None:
    """Close a run's row, in the caller's transaction if there is one."""
    counts = end.counts
    with session.cursor() as cursor:
        cursor.execute(
            statement("ledger/end_run"),
            {
                "run_id": run_id,
                "outcome": end.outcome,
                "files_seen": counts.files_seen,
                "files_read": counts.files_read,
                "files_passed_over": counts.files_passed_over,
                "rows_read": counts.read,
                "rows_staged": counts.staged,
                "rows_new": counts.new,
                "rows_late": counts.late,
                "rows_corrected": counts.corrected,
                "rows_unchanged": counts.unchanged,
                "rows_duplicate": counts.duplicate,
                "rows_rejected": counts.rejected,
                "rows_below_retention": counts.below_retention,
                "rows_moved": counts.moved,
                "conflicts": counts.conflicts,
                "local_times_repeated": counts.local_times.repeated,
                "local_times_ambiguous": counts.local_times.ambiguous,
                "local_times_never": counts.local_times.never,
                "first_timestamp": counts.first_timestamp,
                "last_timestamp": counts.last_timestamp,
                "last_ok_run": end.last_ok_run,
                "heart_rate_oid": end.heart_rate_oid,
                "seconds": json.dumps(end.seconds),
                "error": end.error,
            },
        )


def merged(session: Connection, run_id: int) -> tuple[int, int, int, int]:
    """(new, late, corrected, moved) as the merge of this run counted them; dbt writes that row."""
    with session.cursor() as cursor:
        cursor.execute(statement("ledger/merged"), (run_id,))
        new, late, corrected, moved = cursor.fetchone() or (0, 0, 0, 0)
        return new, late, corrected, moved


def has_uncommitted_merge(session: Connection) -> bool:
    """Whether a run merged and died before its entry in the ledger."""
    with session.cursor() as cursor:
        cursor.execute(statement("ledger/uncommitted_merge"))
        (found,) = cursor.fetchone() or (False,)
        return bool(found)
