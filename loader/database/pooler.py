"""A connection pooler between the loader and the server: its sessions must be the server's, too.

The lock of a run, its settings and its temporary tables belong to a session of the server.
PgBouncer in transaction or statement mode gives the server's process to another client after each
transaction: two runs would both hold the lock. A pooler in session mode is fine.
"""

import select
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime

import psycopg2
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.database import query
from loader.errors import DatabaseError
from loader.sql import statement

MOST_HOLDERS = 50
"""How many transactions are opened side by side before it counts as not provable."""

FRESH_HOLDERS = 2
"""How many of them must get a new process: with one, another client might have been in between."""

WAIT = 2.0
"""Seconds after which a transaction counts as one that gets no process: the pool is used up."""

Process = tuple[int, datetime, datetime]
"""A server process, when it started, and when it was asked; the server's clock."""


def make_sure_of_own_server_process(
    session: Connection, open_another: Callable[[bool], Connection]
) -> None:
    """Prove that an idle session keeps its server process; costs one query without a pooler.

    Every pooler invents the process number that it reports to a client, so a session needs no proof
    if its number is the server's own.

    Args:
        session: in autocommit mode, and the only one that this command has.
        open_another: opens another one like it, asynchronous if so asked.

    Raises:
        DatabaseError: a pooler gives the process to others, or it can't be proved that it does not.
    """
    process = _server_process(session)
    if process[0] == session.info.backend_pid:
        return
    holders: list[_Holder] = []
    try:
        proved = _keeps_process(session, process, open_another, holders)
    except psycopg2.Error as error:
        # A pooler in statement mode refuses transactions.
        raise _refusal(session, open_another) from error
    finally:
        for holder in holders:
            holder.close()
    if not proved:
        raise _refusal(session, open_another)


def _keeps_process(
    session: Connection,
    process: Process,
    open_another: Callable[[bool], Connection],
    holders: "list[_Holder]",
) -> bool:
    """Whether the process stays ours while others take every free one.

    Each transaction that is left open takes a free process from the pooler, and the pooler starts
    a new one, or lets it wait, only when there is none: then ours, which is idle, is not free.
    """
    own, fresh = process, 0
    while len(holders) < MOST_HOLDERS:
        holder = _Holder(open_another(True))
        holders.append(holder)
        taken = holder.process(WAIT)
        if taken is not None and taken[0] == process[0]:
            return False
        asked_before, own = own[2], _server_process(session)
        if own[0] != process[0]:
            return False
        if taken is None:
            # In transaction mode our own query would have waited for it.
            return holder.process(0) is None
        fresh += taken[1] > asked_before
        if fresh == FRESH_HOLDERS:
            return True
    return False


class _Holder:
    """A transaction that stays open, in a session that is asked without waiting for the answer."""

    def __init__(self, session: Connection) -> None:
        self._session = session
        self._cursor: Cursor | None = None

    def process(self, seconds: float) -> Process | None:
        """Its server process; None if it got none within so many seconds."""
        end = time.monotonic() + seconds
        if not self._is_ready(end):
            return None
        if self._cursor is None:
            self._cursor = self._session.cursor()
            self._cursor.execute(f"begin; {statement('database/server_process')}")
            if not self._is_ready(end):
                return None
        found = self._cursor.fetchone()
        return (found[0], found[1], found[2]) if found else None

    def close(self) -> None:
        with suppress(psycopg2.Error):
            self._session.close()

    def _is_ready(self, end: float) -> bool:
        while (state := self._session.poll()) != extensions.POLL_OK:
            waits_to_read = [self._session] if state == extensions.POLL_READ else []
            waits_to_write = [self._session] if state == extensions.POLL_WRITE else []
            left = max(0.0, end - time.monotonic())
            if not any(select.select(waits_to_read, waits_to_write, [], left)):
                return False
        return True


def _server_process(session: Connection) -> Process:
    process, started_at, asked_at = query.row(session, statement("database/server_process"))
    return process, started_at, asked_at


def _refusal(session: Connection, open_another: Callable[[bool], Connection]) -> DatabaseError:
    return DatabaseError(
        f"the pooler at {session.info.host}:{session.info.port} does not keep a session on one "
        "server process (transaction or statement mode), so the lock of a run would not hold",
        f"connect to the server itself, {_own_address(open_another)}, or to a pool in session mode",
    )


def _own_address(open_another: Callable[[bool], Connection]) -> str:
    """The variables to set. Queried in a new session: the pooler may have ended the first one."""
    try:
        with closing(open_another(False)) as session:
            port, address = query.row(session, statement("database/own_address"))
    except psycopg2.Error:
        return "PGHOST and PGPORT"
    return f"PGPORT={port}" + (f" (the server says PGHOST={address})" if address else "")
