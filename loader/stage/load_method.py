"""Choose how the delta gets into ``heart_rate``."""

from enum import StrEnum

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.session import heart_rate_oid
from loader.sql import statement

LARGE_DELTA = 1_000_000
"""Readings; for fewer a bulk load saves less than its two operations of dbt cost."""

LARGE_SHARE = 1.25
"""A delta is large if this many times its size is at least the size of the table.

A bulk load writes every reading of the table again, in about three quarters of the time that
merging one takes (docs/decisions/0033).
"""


class LoadMethod(StrEnum):
    """How the delta gets into ``heart_rate``."""

    MERGE = "merge"
    """dbt merges it into the table."""
    REPLACE = "replace"
    """A bulk load of all readings, which dbt swaps in: a first load and a full refresh."""
    EXTEND = "extend"
    """The same with the table's other readings, for a delta that is large next to the table."""


def load_method(session: Connection, *, is_rebuild: bool, readings: int, moved: int) -> LoadMethod:
    """The method for the delta of this run.

    Args:
        is_rebuild: the delta has every reading of the files, and the table has no others.
        readings: how many the delta has.
        moved: how many readings are to be deleted, which only the merge does.
    """
    if is_rebuild or heart_rate_oid(session) is None:
        return LoadMethod.REPLACE
    if moved or readings < LARGE_DELTA:
        return LoadMethod.MERGE
    size = {"readings": readings, "factor": LARGE_SHARE}
    is_large = query.value(session, statement("stage/load_method"), size)
    return LoadMethod.EXTEND if is_large else LoadMethod.MERGE
