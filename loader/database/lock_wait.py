"""Wait for a strong lock in turns, so that readers can pass in between.

A statement that waits for a table's exclusive lock blocks all statements that arrive after it,
readers too, although another transaction holds the lock.
"""

import time

from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import cursor as Cursor

DEFAULT_LOCK_WAIT = 600.0
"""Seconds after which a run gives up waiting for a lock (the setting LOADER_LOCK_WAIT)."""

FIRST_TURN = 2
"""Seconds: autovacuum yields to a session that waits longer than deadlock_timeout (one second)."""

LONGEST_TURN = 5
"""Seconds: the turns grow up to this, because short ones never fit between many long readers."""

PAUSE = 1.0
"""Seconds between two turns, in which other sessions can pass."""


def execute_patiently(cursor: Cursor, query: str, lock_wait: float = DEFAULT_LOCK_WAIT) -> None:
    """Execute a statement within a transaction, in turns of a few seconds.

    Raises:
        LockNotAvailable: not within ``lock_wait`` seconds.
    """
    end = time.monotonic() + lock_wait
    turn = FIRST_TURN
    while True:
        cursor.execute("savepoint before_lock")
        cursor.execute("set local lock_timeout = %s", (f"{turn}s",))
        try:
            cursor.execute(query)
        except LockNotAvailable:
            cursor.execute("rollback to savepoint before_lock")
            if time.monotonic() > end:
                raise
            time.sleep(PAUSE)
            turn = min(turn + 1, LONGEST_TURN)
        else:
            cursor.execute("set local lock_timeout = 0")
            cursor.execute("release savepoint before_lock")
            return
