"""Watch the locks that this process's sessions wait for, name their holders, and end long waits."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.session import as_loader_error, connect_again, own_sessions
from loader.errors import LoaderError, LockedError
from loader.sql import statement

LOOK_EVERY = 1.0
"""Seconds between two looks; the first comes after as many, so that a short run has none."""

FIRST_NOTE = 10.0
"""Seconds of waiting before the first note; the next one comes after four times as many."""

NOTES_FURTHER_APART = 4

STILL_WAITS = 5.0
"""Seconds within which the same wait is seen again: it comes in turns (lock_wait.py)."""

LONGEST_GOODBYE = 5.0
"""Seconds that the end waits for the other session to be closed."""

HINT = "ask them to end that transaction, then run the command again; nothing is lost"


@dataclass
class _Wait:
    """A wait of one of our sessions, seen at ``first`` and ``last`` (monotonic seconds)."""

    first: float
    last: float
    next_note: float
    what: str = ""


@dataclass
class _Watch:
    """What the watching thread knows.

    Attributes:
        seconds: how long a wait may last.
        note: prints a line.
        sessions: the server processes of sessions that don't bear our name (dbt's).
        gave_up: the wait that was ended, and who was in the way; None if none was.
    """

    seconds: float
    note: Callable[[str], None]
    sessions: Callable[[], Sequence[int]]
    over: Event = field(default_factory=Event)
    gave_up: str | None = None
    _waits: dict[int, _Wait] = field(default_factory=dict)

    def run(self) -> None:
        if self.over.wait(LOOK_EVERY):
            return
        try:
            with connect_again(os.environ, "lock watch") as session:
                while True:
                    self._look(session)
                    if self.over.wait(LOOK_EVERY):
                        return
        except (LoaderError, psycopg2.Error):
            # Without a session, waits are limited but not explained.
            return

    def latest(self) -> str | None:
        """What was last waited for, if that was just now."""
        ended = time.monotonic() - STILL_WAITS
        waits = [wait for wait in list(self._waits.values()) if wait.last > ended]
        return max(waits, key=lambda wait: wait.last).what if waits else None

    def _look(self, session: Connection) -> None:
        now = time.monotonic()
        for process, what in _waits(session, self.sessions()).items():
            wait = self._waits.get(process)
            if wait is None or now - wait.last > STILL_WAITS:
                first_note = now + min(FIRST_NOTE, self.seconds / 3)
                wait = self._waits[process] = _Wait(now, now, first_note)
            wait.last, wait.what = now, what
            if now - wait.first >= self.seconds:
                self._give_up(session, process, wait)
            elif now >= wait.next_note:
                waited = now - wait.first
                wait.next_note = now + waited * (NOTES_FURTHER_APART - 1)
                self.note(
                    f"waiting for {wait.what}; giving up after {self.seconds - waited:.0f} s more"
                )

    def _give_up(self, session: Connection, process: int, wait: _Wait) -> None:
        self.gave_up = wait.what
        query.rows(session, "select pg_cancel_backend(%s)", (process,))


@contextmanager
def locks_watched(
    seconds: float,
    note: Callable[[str], None],
    sessions: Callable[[], Sequence[int]] = tuple,
) -> Iterator[None]:
    """Explain and limit every wait for a lock, of this process's sessions, while this is open.

    Args:
        seconds: after which a wait is ended.
        note: called with who holds what, now and then.
        sessions: server processes of this process's other sessions (dbt's).

    Raises:
        LockedError: a wait was ended; names who held the lock.
    """
    watch = _Watch(seconds, note, sessions)
    thread = Thread(target=watch.run, name="lock watch", daemon=True)
    thread.start()
    try:
        yield
    except psycopg2.Error as error:
        fault = as_loader_error(error)
        raise _explained(watch, fault) or fault from error
    except LoaderError as fault:
        explained = _explained(watch, fault)
        if explained is None:
            raise
        raise explained from fault
    finally:
        watch.over.set()
        # The thread may be waiting for a server that is gone.
        thread.join(LONGEST_GOODBYE)


def _explained(watch: _Watch, fault: LoaderError) -> LockedError | None:
    """The failure with the holder of the lock; None if no lock caused it."""
    waited_for = watch.gave_up
    if waited_for is None and isinstance(fault, LockedError):
        waited_for = watch.latest()
    if waited_for is None:
        return None
    return LockedError(f"gave up after {watch.seconds:.0f} s of waiting for {waited_for}", HINT)


def _waits(session: Connection, processes: Sequence[int]) -> dict[int, str]:
    """What each waiting session of ours wants and who holds it, by its server process."""
    wanted_of = {"pids": list(processes), "application": own_sessions()}
    holders: dict[tuple[int, str], list[str]] = defaultdict(list)
    for process, wanted, *holder in query.rows(
        session, statement("database/lock_waits"), wanted_of
    ):
        holders[process, wanted].append(_described(*holder))
    return {
        process: f"a lock on {wanted}, held by {' and '.join(who)}"
        for (process, wanted), who in holders.items()
    }


def _described(
    process: int, user: str | None, application: str | None, state: str | None, since: str | None
) -> str:
    if process == 0:
        return "a prepared transaction (pg_prepared_xacts)"
    about = [f"user {user}" if user else "", application or "", state or ""]
    described = f"pid {process} ({', '.join(part for part in about if part)})"
    return f"{described} since {since}" if since else described
