"""The least that one session can do: `python -m scripts.benchmark.floor FILE`.

DuckDB parses an hr.csv, and its readings go by binary COPY straight into the hypertable by_hand;
table, readings and key are one transaction, so that nothing is logged as well. Nothing is staged,
checked, compared or kept, and there is no dbt: a floor, not a way to load. The connection is
libpq's.
"""

import sys
from collections.abc import Iterator
from contextlib import closing

import duckdb
import numpy as np
import psycopg2

from loader.packing import HEADER, POSTGRES_EPOCH_US, TRAILER
from loader.staging import CHUNK, ReadableChunks
from scripts.benchmark.sql import statement

BATCH_ROWS = 1 << 15

ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("timestamp_bytes", ">i4"),
        ("timestamp", ">i8"),
        ("value_bytes", ">i4"),
        ("value", ">f8"),
    ]
)
"""A row of binary COPY (https://www.postgresql.org/docs/17/sql-copy.html)."""


def main() -> None:
    """Make and fill by_hand from the file."""
    session = psycopg2.connect("", options="-c timezone=UTC")
    with closing(session), session, session.cursor() as cursor:
        cursor.execute(statement("by_hand"))
        cursor.copy_expert(statement("copy_rows"), ReadableChunks(_rows(sys.argv[1])), CHUNK)
        cursor.execute(statement("key"))


def _rows(file: str) -> Iterator[bytes]:
    session = duckdb.connect()
    yield HEADER
    for batch in session.sql(statement("rows"), params={"file": file}).to_arrow_reader(BATCH_ROWS):
        rows = np.empty(len(batch), ROW)
        rows["fields"] = 2
        rows["timestamp_bytes"] = rows["value_bytes"] = 8
        rows["timestamp"] = batch.column("timestamp_us").to_numpy() - POSTGRES_EPOCH_US
        rows["value"] = batch.column("value").to_numpy()
        yield rows.tobytes()
    yield TRAILER


if __name__ == "__main__":
    main()
