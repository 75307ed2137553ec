"""Compressed chunks under a licence that can't read them stop every command."""

import os
from collections.abc import Iterator

import psycopg2
import pytest

from loader.errors import ExitCode
from tests.community.servers import CommunityServer
from tests.faults.waiting import until
from tests.integration.test_errors import COMMANDS
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 for number in range(500)])

OTHER_WEEK = "2024-01-20 00:00:00", [60] * 1000

COLUMNSTORE = """
set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'participant_id',
    timescaledb.compress_orderby = 'timestamp'
)
"""

COMPRESS = f"""
alter table heart_rate {COLUMNSTORE};
select compress_chunk(chunk) from show_chunks('heart_rate') as chunk;
"""


@pytest.mark.without_marts
def test_status_says_what_is_compressed(pipeline: Pipeline) -> None:
    pipeline.write(seconds("2024-01-04 00:00:00", [60] * 2000) + seconds(*OTHER_WEEK))
    pipeline.ingest()
    chunk = "(select min(chunk::text) from show_chunks('heart_rate') as chunk)::regclass"
    pipeline.query(f"alter table heart_rate {COLUMNSTORE}; select compress_chunk({chunk})")
    pipeline.query("insert into heart_rate values ('other', '2024-01-04 00:00:00+00', 60)")
    pipeline.query("analyze heart_rate")
    (rows,), (compressed,) = pipeline.query(
        """
        select sum(pg_total_relation_size(oid))::bigint
        from pg_class
        where relkind = 'r' and (relname ~ '_hyper_.*_chunk' or oid = 'heart_rate'::regclass)
        group by relname ~ 'compress'
        order by relname ~ 'compress'
        """
    )
    (shown,) = (
        line for line in pipeline.loader("status").stdout.splitlines() if line.startswith("storage")
    )
    assert f"{rows / 1e3:.1f} kB in rows" in shown
    assert f"{compressed / 1e3:.1f} kB compressed (1 of 2 chunks)" in shown
    assert f"about {(rows + compressed) / 3001:.1f} bytes a reading" in shown


@pytest.fixture
def under_apache(cluster: CommunityServer, pipeline: Pipeline) -> Iterator[Pipeline]:
    """A loaded, compressed heart_rate, and then the whole server under the licence apache."""
    if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1":
        pytest.skip("changes a setting of the whole server: run tests/community without -n")
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.query(COMPRESS)
    assert pipeline.table() == readings(ROWS)
    assert pipeline.loader("verify").returncode == ExitCode.OK
    try:
        set_licence(cluster, pipeline, "set timescaledb.license = 'apache'", "apache")
        yield pipeline
    finally:
        set_licence(cluster, pipeline, "reset timescaledb.license", "timescale")
    assert pipeline.table() == readings(ROWS)


def set_licence(cluster: CommunityServer, pipeline: Pipeline, setting: str, name: str) -> None:
    """Change the licence for new sessions."""
    session = psycopg2.connect(cluster.url)
    try:
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(f"alter system {setting}")
            cursor.execute("select pg_reload_conf()")
    finally:
        session.close()
    until(lambda: pipeline.query("select 1; show timescaledb.license") == [(name,)], "the licence")


@pytest.mark.without_marts
def test_the_licence_apache_stops_every_command(under_apache: Pipeline) -> None:
    under_apache.append(seconds("2024-01-01 12:00:00", range(60, 80)))
    for command in COMMANDS:
        done = under_apache.loader(*command)
        assert done.returncode == ExitCode.DATABASE, done.stdout + done.stderr
        assert "public.heart_rate has compressed chunks" in done.stderr.splitlines()[-1]
    for options in ((), ("--full-refresh",)):
        done = under_apache.dbt("run", *options)
        assert "heart_rate has compressed chunks" in done.stdout
        assert done.returncode != 0
