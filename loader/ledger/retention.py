"""The floor of retention: the first UTC day whose readings ``heart_rate`` must have.

The database remembers it, not the setting ``RETENTION``, which only raises it. So a shorter, longer
or removed setting never claims readings that are gone (docs/retention.md).
"""

from dataclasses import dataclass
from datetime import date

from psycopg2.errors import DeadlockDetected, LockNotAvailable
from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.sql import statement
from loader.wording import counted


@dataclass(frozen=True)
class Dropped:
    """What retention did at the end of a run.

    Attributes:
        floor: the first UTC day whose readings are kept.
        chunks: how many chunks were dropped.
        in_use: how many are left for the next run, because another session reads them.
    """

    floor: date
    chunks: int
    in_use: int

    def __str__(self) -> str:
        waiting = f"; {counted(self.in_use, 'chunk')} in use, which the next run drops"
        return (
            f"readings before {self.floor} (UTC) dropped: {counted(self.chunks, 'chunk')}"
            f"{waiting if self.in_use else ''}; their marts stay"
        )


def read_floor(session: Connection) -> date | None:
    """The floor; None if there is none."""
    floor: date | None = query.value(session, "select floor from ingest.retention")
    return floor


def raise_floor(session: Connection, retention: str) -> bool:
    """Raise the floor to where the setting wants it; returns whether it is higher now.

    Also removes what is staged below it: dbt by hand would merge it again, or compute marts from
    days whose readings are gone.

    Args:
        retention: the age in relation to the newest reading, as an interval.
    """
    with session, session.cursor() as cursor:
        floor = _wanted_floor(session, retention)
        if floor is None:
            return False
        cursor.execute(statement("ledger/raise_floor"), {"floor": floor})
        is_raised = cursor.rowcount > 0
        if is_raised:
            cursor.execute(statement("ledger/unstage_below_floor"))
    return is_raised


def lower_floor(session: Connection, retention: str | None) -> None:
    """Lower the floor to where the setting wants it, so that files below it are loaded again.

    Args:
        retention: as in ``raise_floor``; None to have no floor any more.
    """
    with session, session.cursor() as cursor:
        floor = _wanted_floor(session, retention)
        cursor.execute(statement("ledger/lower_floor"), {"floor": floor})


def _wanted_floor(session: Connection, retention: str | None) -> date | None:
    wanted = {"retention": retention}
    floor: date | None = query.value(session, statement("ledger/wanted_floor"), wanted)
    return floor


def is_lowered(session: Connection) -> bool:
    """Whether files may have readings from a lowered floor on that are still to be loaded."""
    return bool(query.rows(session, "select 1 from ingest.retention where is_lowered"))


def end_lowering(session: Connection) -> None:
    """Record that a comparison of every file has loaded what there was from the floor on."""
    with session, session.cursor() as cursor:
        cursor.execute("update ingest.retention set is_lowered = false where is_lowered")


def drop_chunks_below_floor(session: Connection) -> Dropped | None:
    """Drop the chunks below the floor, each in a transaction of its own; None if there are none.

    A chunk in which the floor lies is dropped when the floor has passed its end.
    """
    ends = [end for (end,) in query.rows(session, statement("ledger/droppable_chunks"))]
    floor = read_floor(session)
    if not ends or floor is None:
        return None
    dropped = 0
    for end in ends:
        try:
            with session, session.cursor() as cursor:
                cursor.execute(statement("ledger/drop_chunks"), {"range_end": end})
        except (LockNotAvailable, DeadlockDetected):
            break
        dropped += 1
    return Dropped(floor, dropped, len(ends) - dropped)
