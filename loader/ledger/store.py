"""The place of the readings: what a run needs of it, and how ``heart_rate`` provides it.

The other store is the Parquet archive (``commands/archive/store.py``).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.database.session import heart_rate_oid
from loader.ledger.known_files import latest_reading
from loader.ledger.runs import LastRun
from loader.ledger.table_days import (
    TableDay,
    holds_reading,
    query_table_days,
    readings_between,
)
from loader.sql import statement

Reading = tuple[datetime, float, int | None]
"""Timestamp (UTC), value (bpm), confidence."""


class LoadedDays(Protocol):
    """What is loaded, by participant and UTC day."""

    def compared_with(self, expected: Sequence[TableDay]) -> Sequence[TableDay]:
        """The loaded days; ``expected`` are those that are probably loaded."""
        ...


class Store(Protocol):
    """Where the readings are.

    Attributes:
        name: what messages call it.
        is_ours: whether this process loads a participant; None if it loads all of them.
    """

    @property
    def name(self) -> str: ...

    @property
    def is_ours(self) -> Callable[[str], bool] | None: ...

    def identity(self) -> int | None:
        """A number that changes if the store is replaced; None if it never had readings."""
        ...

    def is_as_left(self, last: LastRun | None) -> bool:
        """Whether it is as the last run left it, by a check that costs nothing.

        Args:
            last: what the last run recorded; None if none is recorded.
        """
        ...

    def readings_between(
        self, participant_id: str, start: datetime, end: datetime
    ) -> Sequence[Reading]:
        """The readings of a participant from ``start`` to ``end`` (exclusive), in order."""
        ...

    def days(self, *, parallel: bool = True) -> AbstractContextManager[LoadedDays]:
        """Everything that is loaded, by participant and UTC day."""
        ...

    def reset_watermarks(self, cursor: Cursor) -> None:
        """Let the ledger's watermarks be the latest readings, in the caller's transaction."""
        ...


class TableStore:
    """The readings are in ``heart_rate``.

    Args:
        session: the session of the command.
        command: its name, for the database's list of sessions.
    """

    name = "heart_rate"
    is_ours = None

    def __init__(self, session: Connection, command: str) -> None:
        self._session = session
        self._command = command

    def identity(self) -> int | None:
        """The table's oid; None if there is no table."""
        return heart_rate_oid(self._session)

    def is_as_left(self, last: LastRun | None) -> bool:
        """Whether it is the same table, and has the latest reading."""
        if last is None:
            return True
        oid = self.identity()
        if oid is None or oid != last.heart_rate_oid:
            return oid is None and last.heart_rate_oid is None
        latest = latest_reading(self._session)
        return latest is None or holds_reading(self._session, *latest)

    def readings_between(
        self, participant_id: str, start: datetime, end: datetime
    ) -> Sequence[Reading]:
        """As ``Store``."""
        return readings_between(self._session, participant_id, start, end)

    def days(self, *, parallel: bool = True) -> AbstractContextManager[LoadedDays]:
        """As ``Store``; queried in the background.

        Args:
            parallel: whether the server may use several cores for it.
        """
        return query_table_days(self._command, parallel=parallel)

    def reset_watermarks(self, cursor: Cursor) -> None:
        """As ``Store``."""
        cursor.execute(statement("ledger/reset_watermarks"))
