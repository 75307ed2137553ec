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
import psycopg2
import pyarrow as pa

from loader.stage.binary_copy import by_participant, rows
from loader.stage.copy_stream import copy
from scripts.benchmark.sql import statement

BATCH_ROWS = 1 << 15


def main() -> None:
    """Make and fill by_hand from the file."""
    session = psycopg2.connect("", options="-c timezone=UTC")
    with closing(session), session, session.cursor() as cursor:
        cursor.execute(statement("by_hand"))
        readings = by_participant(_batches(sys.argv[1]))
        copy(cursor, statement("copy_rows"), rows(readings))
        cursor.execute(statement("key"))


def _batches(file: str) -> Iterator[pa.RecordBatch]:
    session = duckdb.connect()
    query = session.sql(statement("rows"), params={"file": file})
    yield from query.to_arrow_reader(BATCH_ROWS)


if __name__ == "__main__":
    main()
