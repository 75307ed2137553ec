"""Somebody else's open transaction: a run names them, lets readers pass, gives up in the end."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from loader.configuration.settings import PROJECT
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, prepare
from loader.errors import ExitCode, LockedError
from tests.faults.waiting import until
from tests.integration.test_errors import error_line, last_run
from tests.pipeline import Pipeline, Reading, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])

WAITING = "select pid from pg_locks where not granted and relation = to_regclass(%s)"


@pytest.fixture(scope="module")
def project(module_pipeline: Pipeline) -> Pipeline:
    """A project after a good run; what its table holds is what its file gives."""
    made = module_pipeline
    made.write(ROWS)
    done = made.loader("ingest")
    assert done.returncode == ExitCode.OK, done.stderr
    return made


@pytest.fixture
def loaded(project: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The project, with something new to load."""
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    days = project.hr_csv.read_text().count("00:00:00")
    project.append(seconds(f"2024-01-{days + 1:02} 00:00:00", [70.0 + days] * 100))
    # A run leaves out the seeds of an unchanged project, and never waits for them.
    project.query("delete from ingest.project")
    return project


def given(pipeline: Pipeline) -> set[Reading]:
    """What the file gives."""
    return readings(pipeline.hr_csv.read_text().splitlines()[1:])


@contextmanager
def open_transaction(pipeline: Pipeline, statement: str) -> Iterator[int]:
    """Somebody has read and gone for lunch; gives their server process."""
    with closing(psycopg2.connect(pipeline.dsn, application_name="lunch")) as session:
        session.cursor().execute(statement)
        yield session.info.backend_pid


@contextmanager
def running(pipeline: Pipeline, *arguments: str, seconds: int) -> Iterator[subprocess.Popen[str]]:
    """An ingest that gives up after so many seconds of waiting for a lock."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loader", "ingest", *arguments],
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment, "LOADER_LOCK_WAIT": str(seconds)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def reads(pipeline: Pipeline, relation: str) -> None:
    """A reader that comes meanwhile has to wait for our turn to end, and no longer."""
    pipeline.query(f"set statement_timeout = '30s'; select count(*) from {relation}")


HELD = {
    "staged readings": ("select count(*) from staging.heart_rate", "staging.heart_rate"),
    "a seed": ("select count(*) from marts.participants", "marts.participants"),
    "the staging view": ("select count(*) from staging.stg_heart_rate", "staging.heart_rate"),
    "a write to the table": ("lock table heart_rate in share mode", "heart_rate"),
}


@pytest.mark.parametrize("held", HELD)
def test_a_run_gives_up_and_names_who_holds_the_lock(loaded: Pipeline, held: str) -> None:
    statement, relation = HELD[held]
    before = loaded.state_file.read_bytes()

    with open_transaction(loaded, statement) as pid:
        done = loaded.loader("ingest", LOADER_LOCK_WAIT="6")

    line = error_line(done)
    assert done.returncode == ExitCode.LOCKED, line
    who = (
        rf"held by pid {pid} \(user fitbit_loader, lunch, idle in transaction\) since 20\S+ \S+ UTC"
    )
    assert re.search(rf"gave up after 6 s of waiting for a lock on {relation}, {who}", line), line
    assert "ask them to end that transaction" in line
    assert re.search(rf"waiting for a lock on {relation}, {who}", done.stderr.replace(line, ""))
    assert last_run(loaded)[1:] == ("failed", line)
    assert loaded.state_file.read_bytes() == before


@pytest.mark.parametrize("held", ["staged readings", "a seed"])
def test_readers_pass_and_the_run_goes_on_when_the_lock_is_free(
    loaded: Pipeline, held: str
) -> None:
    statement, relation = HELD[held]

    with running(loaded, seconds=100) as process:
        with open_transaction(loaded, statement):
            until(lambda: loaded.query(WAITING, [relation]), "the run to wait")
            reads(loaded, relation)
            assert process.poll() is None
        _, errors = process.communicate(timeout=120)

    assert process.returncode == ExitCode.OK, errors
    assert loaded.table() == given(loaded)


def test_the_swap_of_a_full_refresh_lets_readers_pass(loaded: Pipeline) -> None:
    with running(loaded, "--full-refresh", seconds=100) as process:
        with open_transaction(loaded, "select count(*) from heart_rate"):
            until(lambda: loaded.query(WAITING, ["heart_rate"]), "the swap to wait", 120)
            reads(loaded, "heart_rate")
            assert process.poll() is None
        _, errors = process.communicate(timeout=120)

    assert process.returncode == ExitCode.OK, errors
    assert loaded.table() == given(loaded)


def test_a_full_refresh_that_gives_up_changes_nothing(loaded: Pipeline) -> None:
    before = loaded.row_versions()

    with open_transaction(loaded, "select count(*) from heart_rate") as pid:
        done = loaded.loader("ingest", "--full-refresh", LOADER_LOCK_WAIT="6")

    assert done.returncode == ExitCode.LOCKED, done.stderr
    assert f"heart_rate, held by pid {pid}" in error_line(done)
    assert loaded.row_versions() == before
    assert loaded.loader("ingest", "--full-refresh").returncode == ExitCode.OK
    assert loaded.table() == given(loaded)


def test_a_newer_schema_waits_for_readers_of_the_old_one(loaded: Pipeline) -> None:
    loaded.query("comment on schema ingest is 'another version'")
    notes: list[str] = []

    with (
        open_transaction(loaded, "select count(*) from ingest.runs") as pid,
        pytest.raises(LockedError) as raised,
        connect(loaded.environment, "test") as session,
        locks_watched(6, notes.append),
    ):
        prepare(session, 6)

    assert f"a lock on ingest.runs, held by pid {pid}" in raised.value.what
    assert [note for note in notes if f"held by pid {pid}" in note]


def test_dbt_by_hand_gives_up_too(loaded: Pipeline) -> None:
    with open_transaction(loaded, "select count(*) from marts.participants") as pid:
        done = loaded.dbt("seed", "--select", "participants", PGOPTIONS="-c fitbit.lock_wait=1")

    assert done.returncode != 0
    assert f"held by pid {pid} (user fitbit_loader, lunch" in done.stdout


@pytest.mark.parametrize("command", ["verify", "status"])
def test_a_command_that_only_reads_gives_up_as_well(loaded: Pipeline, command: str) -> None:
    tables = "ingest.files, heart_rate"
    with open_transaction(loaded, f"lock table {tables} in access exclusive mode") as pid:
        done = loaded.loader(command, LOADER_LOCK_WAIT="2")

    assert done.returncode == ExitCode.LOCKED, done.stderr
    assert f"a lock on ingest.files, held by pid {pid}" in error_line(done)
