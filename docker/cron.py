"""Runs a crontab in the foreground; the jobs have this process's user and environment.

`python -m docker.cron crontab.txt`. Why not Debian's cron: docs/docker.md.
"""
# ruff: noqa: T201 (its output is the container's log)

import os
import signal
import subprocess
import sys
import time
import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from docker.crontab import CrontabError, Entry, due, read_crontab
from loader.wording import counted

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL for a job; compose allows the container more."""

CLOCK_CHANGE = timedelta(hours=3)
"""A clock that goes back by more was wrong before; a smaller step is the end of summer time."""

BAD_SETTINGS = 78


class _Stop(Exception):  # noqa: N818 (not an error)
    """SIGTERM or SIGINT was received."""


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise _Stop


class Jobs:
    """The jobs that are running."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, entry: Entry) -> None:
        """Run the command in its own session, so that all its processes can be ended together."""
        self._running = [job for job in self._running if job.poll() is None]
        self._running.append(
            subprocess.Popen(
                ["sh", "-c", entry.command], stdin=subprocess.DEVNULL, start_new_session=True
            )
        )

    def end(self) -> None:
        """Send SIGTERM to every job, then SIGKILL; the next run repairs an interrupted one."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for job in self._running:
            try:
                job.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for job in self._running:
            if job.poll() is None:
                os.killpg(job.pid, number)


def _minute() -> datetime:
    return datetime.now().replace(second=0, microsecond=0)


def run(entries: list[Entry], start: Callable[[Entry], None]) -> NoReturn:
    """Start the due commands, minute by minute."""
    seen = _minute()
    for entry in entries:
        if entry.at_start:
            start(entry)
    while True:
        # Wake up slightly into the minute: a sleep that ends early would see the old minute again.
        time.sleep(60.1 - time.time() % 60)
        now = _minute()
        for entry in due(entries, seen, now):
            start(entry)
        if now > seen or seen - now > CLOCK_CHANGE:
            seen = now


def main(crontab: str) -> int:
    """Run until SIGTERM; returns the exit code."""
    try:
        zone = os.environ.get("TZ") or "UTC"
        zoneinfo.ZoneInfo(zone)  # the C library treats an unknown name as UTC
        entries = read_crontab(Path(crontab).read_text(), os.environ)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        what = f"{crontab}: {error}" if isinstance(error, CrontabError) else str(error)
        print(f"error: {what} — correct .env or crontab.txt", file=sys.stderr)
        return BAD_SETTINGS
    many = counted(len(entries), "entry", "entries")
    print(f"cron: {many} of {crontab}, time zone {zone}", flush=True)
    jobs = Jobs()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        run(entries, jobs.start)
    except _Stop:
        print("cron: stopping", flush=True)
        jobs.end()
        return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
