"""A day's run costs what the day costs, whatever the history: statements, rows, pages counted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from scripts.sample_data import writers
from scripts.sample_data.signal import Wearer
from tests.databases import DATABASE, TEMPLATE
from tests.pipeline import Pipeline

DAY = date(2024, 4, 8)
"""The day that is added, with a reading every ten seconds. The chunks it falls into begin within
the shorter history, so that they hold the same in both."""

SHORT, LONG = 30, 660
"""Days of history before it."""

STATEMENTS = """
    select sum(calls)::bigint, sum(rows)::bigint, sum(shared_blks_hit + shared_blks_read)::bigint
    from pg_stat_statements
    where
        dbid = (select oid from pg_database where datname = current_database())
        and userid = 'fitbit_loader'::regrole
        -- The lock watch looks once a second, however long the run takes.
        and query not like '%pg_blocking_pids%'
"""

TOUCHED = """
    select
        coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint,
        coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint
    from pg_stat_user_tables
    where schemaname = '_timescaledb_internal'
"""

OTHER_SESSIONS = """
    select count(*)
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Cost:
    """What one run made the server do.

    Attributes:
        statements: how many statements it sent.
        returned: rows those returned or changed.
        pages: pages of shared memory they looked at.
        read, written: rows of chunks (readings, minutes, hours) that were read and written.
    """

    statements: int
    returned: int
    pages: int
    read: int
    written: int


def test_a_day_costs_the_same_after_a_history_twenty_times_as_long(
    cluster: Cluster, dbt_target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = {}
    for days in (SHORT, LONG):
        name = DATABASE
        cluster.create_database(name, TEMPLATE)
        root = tmp_path / str(days)
        root.mkdir()
        pipeline = Pipeline(root, cluster.loader_environment(name), dbt_target)
        costs[days] = cost_of_a_day(pipeline, cluster.superuser_environment(name), days)
        cluster.drop_database(name)

    short, long = costs[SHORT], costs[LONG]
    assert short.written == 8640 + 1440 + 24
    assert replace(long, pages=0, read=0) == replace(short, pages=0, read=0)
    # The planner scans a chunk of hours by its index or in full, as its statistics happen to be.
    assert long.read < 1.2 * short.read, costs
    # What is left to grow is TimescaleDB's look into its list of chunks.
    assert long.pages < 1.5 * short.pages, costs


def cost_of_a_day(pipeline: Pipeline, superuser: dict[str, str], days: int) -> Cost:
    """Load so many days, then one more, and count what that one costs."""
    person = Wearer("P001", 1)
    history = person.days(DAY - timedelta(days), days, step=300, gaps=False)
    writers.write(pipeline.hr_csv, writers.HR, history)
    assert pipeline.loader("ingest").returncode == 0
    day = person.days(DAY, 1, step=10, gaps=False)
    writers.append(pipeline.hr_csv, writers.HR, day)
    with counted(superuser) as query:
        query("select pg_stat_statements_reset()")
        ((read, written),) = query(TOUCHED)
        done = pipeline.loader("ingest")
        assert "heart_rate has 8,640 new or corrected readings" in done.stdout, done.stderr
        wait_for_end_of_sessions(query)
        ((statements, returned, pages),) = query(STATEMENTS)
        ((read_then, written_then),) = query(TOUCHED)
    return Cost(statements, returned, pages, read_then - read, written_then - written)


@contextmanager
def counted(superuser: dict[str, str]) -> Iterator[Any]:
    """Query as the administrator, whose own statements are not counted."""
    session = psycopg2.connect(dsn(superuser))
    session.autocommit = True

    def query(sql: str) -> list[Any]:
        with session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    yield query
    session.close()


def wait_for_end_of_sessions(query: Any) -> None:
    """A session reports what it counted when it ends."""
    deadline = time.monotonic() + 30
    while query(OTHER_SESSIONS) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
