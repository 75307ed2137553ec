"""The rows of a query as Arrow batches, for relations that are small."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from loader.sql import statement

FETCHED = 10_000
"""Rows that are in memory at a time."""

TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
"""The type of a column by Postgres' oid."""


def rows(
    session: Connection, name: str, values: Mapping[str, object]
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The columns of the query ``name.sql``, and its rows as they arrive."""
    cursor = session.cursor("export")
    cursor.itersize = FETCHED
    cursor.execute(statement(name), values)
    first = cursor.fetchmany(FETCHED)
    assert cursor.description is not None  # it has fetched
    schema = pa.schema([(column.name, TYPES[column.type_code]) for column in cursor.description])

    def fetched() -> Iterator[pa.RecordBatch]:
        some: list[tuple[Any, ...]] = first
        with cursor:
            while some:
                columns = zip(*some, strict=True)
                arrays = [
                    pa.array(column, kind)
                    for column, kind in zip(columns, schema.types, strict=True)
                ]
                yield pa.record_batch(arrays, schema=schema)
                some = cursor.fetchmany(FETCHED)

    return schema, fetched()
