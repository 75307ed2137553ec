"""A connection pooler in between: one that gives a session's server process away is refused."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from loader.database.session import connect, take_lock
from loader.errors import DatabaseError, ExitCode
from scripts.embedded.connection import dsn
from tests.integration.test_errors import error_line
from tests.pgbouncer import pgbouncer
from tests.pipeline import Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])


@pytest.fixture
def folder(server_folder: Path) -> Path:
    """Where PgBouncer's account finds its configuration."""
    made = server_folder / "pgbouncer"
    made.mkdir(exist_ok=True)
    return made


@contextmanager
def busy_pool(through: Mapping[str, str], processes: int) -> Iterator[None]:
    """The pooler has several free server processes, and other clients."""
    with ExitStack() as clients:
        # Each in a transaction, so that each has a process of its own.
        for _ in range(processes):
            client = clients.enter_context(closing(psycopg2.connect(dsn(through))))
            client.cursor().execute("select 1")
    yield


@pytest.mark.parametrize(
    ("more", "processes"),
    [("", 0), ("", 4), ("server_round_robin = 1", 4), ("default_pool_size = 1", 1)],
)
def test_in_transaction_mode_no_session_is_to_be_had(
    pipeline: Pipeline,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    processes: int,
) -> None:
    with (
        pgbouncer(folder, pipeline.environment, "transaction", more) as through,
        busy_pool(through, processes),
        monkeypatch.context() as environment,
    ):
        environment.setenv("PGPORT", through["PGPORT"])
        with pytest.raises(DatabaseError) as raised, connect(os.environ, "test"):
            pytest.fail("it was let in")

    assert f"127.0.0.1:{through['PGPORT']} does not keep a session" in raised.value.what
    assert f"PGPORT={pipeline.environment['PGPORT']}" in raised.value.hint


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_run_is_refused_before_it_does_anything(
    pipeline: Pipeline, folder: Path, mode: str
) -> None:
    pipeline.write(ROWS)

    with pgbouncer(folder, pipeline.environment, mode) as through:
        done = pipeline.loader("ingest", **through)

    line = error_line(done)
    assert done.returncode == ExitCode.DATABASE, line
    assert "transaction or statement mode" in line
    assert f"PGPORT={pipeline.environment['PGPORT']}" in line
    assert pipeline.query("select to_regnamespace('ingest')") == [(None,)]


@pytest.mark.parametrize(("more", "processes"), [("", 0), ("", 3), ("default_pool_size = 2", 0)])
def test_in_session_mode_a_session_is_kept(
    pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str, processes: int
) -> None:
    with (
        pgbouncer(folder, pipeline.environment, "session", more) as through,
        busy_pool(through, processes),
        monkeypatch.context() as environment,
    ):
        environment.setenv("PGPORT", through["PGPORT"])
        with connect(os.environ, "test") as session:
            take_lock(session)


def test_in_session_mode_runs_do_not_overlap(
    pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write(ROWS)

    with (
        pgbouncer(folder, pipeline.environment, "session") as through,
        busy_pool(through, 3),
        monkeypatch.context() as environment,
    ):
        environment.setenv("PGPORT", through["PGPORT"])
        with connect(os.environ, "the other run") as session:
            take_lock(session)
            refused = pipeline.loader("ingest", **through)
        done = pipeline.loader("ingest", **through)

    assert refused.returncode == ExitCode.LOCKED, refused.stderr
    assert "the other run" in error_line(refused)
    assert done.returncode == ExitCode.OK, done.stderr
    assert pipeline.table() == readings(ROWS)


def test_without_a_pooler_there_is_one_session(pipeline: Pipeline) -> None:
    with connect(os.environ, "test"):
        sessions = pipeline.query(
            "select count(*) from pg_stat_activity where application_name like 'fitbit-loader %'"
            " and datname = current_database()"
        )

    assert sessions == [(1,)]
