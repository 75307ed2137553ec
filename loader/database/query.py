"""Query the database: all rows of a query, its only row, or the only value of that row."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.sql import Composable

Values = Sequence[object] | Mapping[str, object] | None
"""The parameters of a query; None for a query without any, whose ``%`` then stays as it is."""


def rows(session: Connection, query: str | Composable, values: Values = None) -> list[Any]:
    """Every row."""
    with session.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def row(session: Connection, query: str | Composable, values: Values = None) -> Any:
    """The first row; None if there is none."""
    return next(iter(rows(session, query, values)), None)


def value(session: Connection, query: str | Composable, values: Values = None) -> Any:
    """The first field of the first row; None if there is no row."""
    found = row(session, query, values)
    return None if found is None else found[0]
