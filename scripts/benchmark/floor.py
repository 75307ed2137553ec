"""The lower bound for one session: `python -m scripts.benchmark.floor FILE`.

DuckDB parses an hr.csv, and binary COPY loads its readings straight into the hypertable by_hand.
The table, the readings and the primary key are one transaction, so that nothing is logged. Nothing
is staged, checked, compared or recorded, and there is no dbt: this is a lower bound, not a way to
load. libpq's variables configure the connection.
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
    """Create by_hand and fill it from the file."""
    session = psycopg2.connect("", options="-c timezone=UTC")
    with closing(session), session, session.cursor() as cursor:
        cursor.execute(statement("by_hand/make_table"))
        readings = by_participant(_batches(sys.argv[1]))
        copy(cursor, statement("by_hand/copy_rows"), rows(readings))
        cursor.execute(statement("by_hand/add_key"))


def _batches(file: str) -> Iterator[pa.RecordBatch]:
    session = duckdb.connect()
    query = session.sql(statement("duck/rows"), params={"file": file})
    yield from query.to_arrow_reader(BATCH_ROWS)


if __name__ == "__main__":
    main()
