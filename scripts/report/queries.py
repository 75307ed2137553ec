"""The queries in ``sql/``."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import NamedTupleCursor

from scripts.report.rules import RULES


@contextmanager
def snapshot(session: Connection) -> Iterator[Cursor]:
    """A transaction whose statements all see the database as it is at the first of them."""
    with session, session.cursor(cursor_factory=NamedTupleCursor) as named:
        cursor: Cursor = named
        cursor.execute("set transaction isolation level repeatable read, read only")
        yield cursor


def rows_of(cursor: Cursor, name: str, person: Any = None, **more: object) -> list[Any]:
    """The rows of the query ``sql/NAME.sql``, for one participant or for all."""
    whose = {"participant": person.participant_id, "time_zone": person.time_zone} if person else {}
    cursor.execute(_statement(name), {**asdict(RULES), **whose, **more})
    return cursor.fetchall()


@cache
def _statement(name: str) -> str:
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
