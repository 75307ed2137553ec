"""Rows of Python values into a table of the scratch database, all at once."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa


def fill(
    session: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert ``rows`` into one of our own tables; a row has a value for each column."""
    if not rows:
        return
    columns = session.table(table).columns
    batch = pa.table(  # noqa: F841 (DuckDB finds it by name)
        [pa.array(column) for column in zip(*rows, strict=True)], names=columns
    )
    session.execute(f"insert into {table} select * from batch")
