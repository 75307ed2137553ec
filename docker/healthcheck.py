"""Checks the ingestion: `python -m docker.healthcheck` prints a line and exits with 0 or 1.

Unhealthy: the database can't be used; the last run failed; no run has succeeded since the last
scheduled time; a job ended with an error before its run started. Otherwise healthy, also during a
run.
"""
# ruff: noqa: T201 (a command's answer is what it prints)

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from docker.crontab import Entry, read_crontab
from loader.database.session import LOCK_KEY, connect
from loader.errors import ExitCode, LoaderError
from loader.wording import shown

CRONTAB = Path(__file__).parent.parent / "crontab.txt"
JOBS = Path("/tmp/jobs")
QUERY = Path(__file__).with_name("last_runs.sql")

LONGEST_RUN = timedelta(hours=6)
"""A longer run has hung: loading a year of readings takes a minute."""


@dataclass(frozen=True)
class Ledger:
    """The state of the runs in the database; times are local and naive, as the crontab's are.

    Attributes:
        outcome, error: of the newest run that has ended; None if there is none.
        last_ok: when the last successful run began.
        going_on_since: when the current run began.
    """

    outcome: str | None = None
    error: str | None = None
    last_ok: datetime | None = None
    going_on_since: datetime | None = None


@dataclass(frozen=True)
class Job:
    """The exit code of a crontab job, and when it ended."""

    name: str
    code: int
    ended: datetime


def complaint(
    ledger: Ledger, jobs: Iterable[Job], entries: Iterable[Entry], now: datetime, grace: timedelta
) -> str | None:
    """What is wrong; None if everything is fine."""
    going_on = ledger.going_on_since
    if going_on and now - going_on > LONGEST_RUN:
        return f"a run has been going on since {going_on:%Y-%m-%d %H:%M}"
    if ledger.outcome == "failed":
        return f"the last run failed: {ledger.error}"
    for job in jobs:
        failed = job.code not in (ExitCode.OK, ExitCode.LOCKED)
        if failed and not (ledger.last_ok and ledger.last_ok > job.ended):
            return f"the job {job.name} ended with exit code {job.code}; see the container's log"
    if going_on:
        return None
    if ledger.last_ok is None:
        return "no run has ended well yet"
    wanted = max(filter(None, (entry.last_due(now - grace) for entry in entries)), default=None)
    if wanted and ledger.last_ok < wanted:
        return f"the last OK run is of {ledger.last_ok:%Y-%m-%d %H:%M}, one was due {wanted:%H:%M}"
    return None


def read_ledger() -> Ledger:
    """Read the state of the runs from the database.

    Raises:
        LoaderError: the database can't be used.
    """
    with connect(os.environ, "healthcheck") as session, session.cursor() as cursor:
        cursor.execute("select to_regclass('ingest.runs') is not null")
        if cursor.fetchone() != (True,):
            return Ledger()
        cursor.execute(QUERY.read_text(), LOCK_KEY)
        outcome, error, last_ok, going_on_since = cursor.fetchone() or (None,) * 4
        return Ledger(outcome, error, _local(last_ok), _local(going_on_since))


def read_jobs() -> list[Job]:
    """The exit codes that docker/job has written; a new container has none."""
    return [
        Job(file.name, int(file.read_text()), datetime.fromtimestamp(file.stat().st_mtime))
        for file in (sorted(JOBS.iterdir()) if JOBS.exists() else [])
    ]


def _local(instant: datetime | None) -> datetime | None:
    return instant and instant.astimezone().replace(tzinfo=None)


def main() -> int:
    """Print a line for `docker inspect`; returns the exit code for Docker."""
    grace = timedelta(minutes=float(os.environ.get("HEALTH_GRACE_MINUTES") or 60))
    try:
        entries = read_crontab(CRONTAB.read_text(), os.environ)
        wrong = complaint(read_ledger(), read_jobs(), entries, datetime.now(), grace)
    except (LoaderError, ValueError, OSError) as error:
        wrong = str(error)
    print(shown(wrong or "ok"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
