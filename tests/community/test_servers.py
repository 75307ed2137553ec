"""Both servers do what the other tests of this folder rely on."""

from psycopg2.extensions import connection as Connection

from tests.pipeline import HEART_RATE, Pipeline, readings, seconds

COMPRESSED = (
    "select create_hypertable('heart_rate', by_range('timestamp'), "
    "create_default_indexes => false)",
    "alter table heart_rate set (timescaledb.compress, "
    "timescaledb.compress_segmentby = 'participant_id', "
    "timescaledb.compress_orderby = 'timestamp')",
    "insert into heart_rate select 'me', '2024-01-01'::timestamptz + n * interval '1 second', 60 "
    "from generate_series(0, 9999) as n",
    "select compress_chunk(chunk) from show_chunks('heart_rate') as chunk",
)


def test_the_npm_server_reads_compressed_chunks(npm_session: Connection) -> None:
    with npm_session.cursor() as cursor:
        cursor.execute(HEART_RATE)
        for statement in COMPRESSED:
            cursor.execute(statement)
        cursor.execute("select count(*), count(confidence) from heart_rate")
        assert cursor.fetchone() == (10000, 0)


def test_a_run_on_the_whole_server(pipeline: Pipeline) -> None:
    rows = seconds("2024-01-01 00:00:00", range(60, 70))
    pipeline.write(rows)
    pipeline.ingest()
    assert pipeline.table() == readings(rows)
