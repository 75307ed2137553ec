"""The merge of a run, as dbt renders it, on a chunk that is compressed."""

import re
from pathlib import Path

import pytest
from psycopg2.extensions import cursor as Cursor

from loader.database.compressed_chunks import refuse_compressed_chunks
from loader.database.session import prepare
from tests.npm.server import NpmServer
from tests.pipeline import HEART_RATE, Pipeline, seconds

HELD = [line.split(",") for line in seconds("2024-01-01 00:00:00", [60] * 3000)]
HOLE = slice(1000, 1500)
CORRECTED = slice(2000, 2100)
ADDED = [line.split(",") for line in seconds("2024-01-01 00:50:00", [70] * 400)]
CHUNK = "(select chunk from show_chunks('heart_rate') as chunk)"

COLUMNSTORE = """
alter table heart_rate set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'participant_id',
    timescaledb.compress_orderby = 'timestamp'
)
"""


@pytest.fixture
def merge(pipeline: Pipeline) -> str:
    """The statement of a run that merges into 2024-01-01."""
    pipeline.write(seconds("2024-01-01 00:00:00", [60] * 10))
    pipeline.ingest()
    pipeline.append(seconds("2024-01-01 00:01:00", [60] * 10))
    pipeline.ingest()
    target = Path(pipeline.environment["DBT_TARGET_PATH"])
    (file,) = target.glob("run/fitbit/models/core/heart_rate.sql")
    rendered = file.read_text().replace(f'"{pipeline.environment["PGDATABASE"]}".', "")
    return re.sub(r'"heart_rate__dbt_tmp\d*"', "delta", rendered)


def contents(cursor: Cursor) -> list[tuple[str, float]]:
    cursor.execute("select timestamp::text, value from heart_rate order by timestamp")
    return cursor.fetchall()


def insert(cursor: Cursor, table: str, rows: list[list[str]]) -> None:
    """In parts: a message of more than 64 kB ends the server."""
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        cursor.execute(
            f"insert into {table} "
            "select 'me', unnest(%s)::timestamp at time zone 'UTC', unnest(%s)",
            ([instant for instant, _ in part], [float(value) for _, value in part]),
        )


@pytest.mark.without_marts
def test_new_late_and_corrected_readings_reach_a_compressed_chunk(
    npm_server: NpmServer, merge: str
) -> None:
    corrected = [[instant, "90"] for instant, _ in HELD[CORRECTED]]
    with npm_server.session() as session, session.cursor() as cursor:
        prepare(session)
        cursor.execute(HEART_RATE)
        cursor.execute(
            "select create_hypertable("
            "'heart_rate', by_range('timestamp', interval '7 days'), "
            "create_default_indexes => false)"
        )
        insert(cursor, "heart_rate", HELD[: HOLE.start] + HELD[HOLE.stop :])
        cursor.execute(COLUMNSTORE)
        cursor.execute(f"select compress_chunk({CHUNK})")
        refuse_compressed_chunks(session)
        cursor.execute("insert into ingest.participants values ('me', %s)", [HELD[-1][0]])
        cursor.execute("insert into staging.batch values (1, 1000)")
        cursor.execute("create table delta (like heart_rate)")
        insert(cursor, "delta", HELD[HOLE] + corrected + ADDED)

        cursor.execute(f"begin; {merge}; commit")

        expected = dict([*HELD, *corrected, *ADDED])
        merged = [(f"{instant}+00", float(value)) for instant, value in sorted(expected.items())]
        assert contents(cursor) == merged
        cursor.execute("select rows_new, rows_late, rows_corrected from ingest.merges")
        assert cursor.fetchall() == [(400, 500, 100)]
        for step in ("compress_chunk", "decompress_chunk"):
            cursor.execute(f"select {step}({CHUNK})")
            assert contents(cursor) == merged
