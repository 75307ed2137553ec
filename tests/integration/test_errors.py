"""Every error: one line of what and what to do, its exit code, no harm to state or table."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import psycopg2
import pyarrow as pa
import pytest

from loader.compare.selected_readings import NOTHING_MOVED
from loader.configuration.settings import PROJECT
from loader.database.session import LOCK_KEY, connect, take_lock
from loader.errors import ExitCode
from loader.stage.staging import stage_delta
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from scripts.embedded.databases import psql
from tests.faults.waiting import until
from tests.pipeline import Pipeline, changed_project, readings, seconds

pytestmark = pytest.mark.without_marts

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])
MORE = seconds("2024-01-02 00:00:00", [70 + number % 30 for number in range(100)])


@pytest.fixture(scope="module")
def loaded(module_pipeline: Pipeline) -> Pipeline:
    """A project after a good run, which no test here may change."""
    made = module_pipeline
    made.write(ROWS)
    done = made.loader("ingest")
    assert done.returncode == ExitCode.OK, done.stderr
    return made


def what_must_stay(pipeline: Pipeline) -> tuple[Any, ...]:
    """State file, table and ledger, the list of runs apart."""
    ledger = "select * from ingest.files left join ingest.days using (path)"
    return (
        pipeline.state_file.read_bytes(),
        pipeline.row_versions(),
        pipeline.query(ledger),
        pipeline.query("select * from ingest.rejected_rows"),
    )


COMMANDS = (
    ("ingest",),
    ("ingest", "--full-refresh"),
    ("ingest", "--reconcile"),
    ("load",),
    ("verify",),
    ("status",),
    ("export",),
    ("forget", "me", "--yes"),
)
"""All that open the database."""


def last_run(pipeline: Pipeline) -> tuple[int, str, str]:
    """Number, outcome and error of the newest run."""
    (run,) = pipeline.query(
        "select run_id, outcome, error from ingest.runs order by run_id desc limit 1"
    )
    return run[0], run[1], run[2]


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one error of a failed command, without the time in front."""
    lines = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return lines[0].partition("error: ")[2]


def assert_fails(
    pipeline: Pipeline, code: ExitCode, *words: str, begun: bool, **environment: str
) -> None:
    """An ingest fails as documented; ``begun`` says whether it got as far as a run of its own."""
    before, run_before = what_must_stay(pipeline), last_run(pipeline)

    option = ["--new-data-dir"] if "DATA_DIR" in environment else []
    done = pipeline.loader("ingest", *option, **environment)

    line = error_line(done)
    assert done.returncode == code, line
    what, separator, hint = line.partition(" — ")
    assert what
    assert separator
    assert hint
    assert [word for word in words if word not in line] == [], line
    assert what_must_stay(pipeline) == before
    run_id, outcome, error = last_run(pipeline)
    if begun:
        assert (run_id, outcome, error) == (run_before[0] + 1, "failed", line)
    else:
        assert (run_id, outcome, error) == run_before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Another DATA_DIR."""
    made = tmp_path / "other data"
    made.mkdir()
    return made


# --- The database --------------------------------------------------------------------------------


def test_no_database_answers(loaded: Pipeline) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody else can get it
        port = str(taken.getsockname()[1])
        assert_fails(
            loaded,
            ExitCode.DATABASE,
            *("no database answers", f"127.0.0.1:{port}", "make db-start"),
            begun=False,
            PGPORT=port,
        )


def test_wrong_password(loaded: Pipeline) -> None:
    words = ("refused the password of fitbit_loader", "PGPASSWORD")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGPASSWORD="wrong")


def test_unknown_role(loaded: Pipeline) -> None:
    words = ("nobody_here", "PGUSER")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGUSER="nobody_here")


def test_database_missing(loaded: Pipeline) -> None:
    words = ('database "nowhere" does not exist', "PGDATABASE")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGDATABASE="nowhere")


def test_host_that_is_none(loaded: Pipeline) -> None:
    words = ("no database answers", "nowhere.invalid", "PGHOST")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGHOST="nowhere.invalid")


def test_no_host_named(loaded: Pipeline) -> None:
    words = ("PGHOST is not set", "make ingest", "activate.sh")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGHOST="")


@pytest.fixture
def bare_database(cluster: Cluster) -> Iterator[str]:
    """A database without TimescaleDB, in which the loader may create nothing."""
    name = f"bare_{os.getpid()}"
    administrator = psycopg2.connect(dsn(cluster.superuser_environment()))
    administrator.autocommit = True
    with closing(administrator), administrator.cursor() as cursor:
        cursor.execute(f"create database {name} template template0")
        yield name
        cursor.execute(f"drop database {name} with (force)")


@pytest.fixture
def compressed(loaded: Pipeline, cluster: Cluster) -> Iterator[Pipeline]:
    """The same with a chunk that the catalog calls compressed: apache can't compress one."""
    superuser = cluster.superuser_environment(loaded.environment["PGDATABASE"])
    mark = "update _timescaledb_catalog.chunk set status = {status};"
    psql(cluster.programs, superuser, mark.format(status=1))
    yield loaded
    psql(cluster.programs, superuser, mark.format(status=0))


def test_compressed_chunks_under_the_licence_apache(compressed: Pipeline) -> None:
    for command in COMMANDS:
        line = error_line(done := compressed.loader(*command))
        assert done.returncode == ExitCode.DATABASE, command
        assert "has compressed chunks" in line
        assert "timescaledb.license = 'timescale'" in line
    for options in ((), ("--full-refresh",)):
        done = compressed.dbt("run", *options)
        assert done.returncode != 0
        assert "has compressed chunks" in done.stdout


def test_compressed_chunks_of_other_tables(compressed: Pipeline, cluster: Cluster) -> None:
    """They are not of this project."""
    superuser = cluster.superuser_environment(compressed.environment["PGDATABASE"])
    rename = "update _timescaledb_catalog.hypertable set table_name = {};"
    psql(cluster.programs, superuser, rename.format("'mine_' || table_name"))
    try:
        assert compressed.loader("status").returncode == ExitCode.OK
    finally:
        psql(cluster.programs, superuser, rename.format("substr(table_name, 6)"))


def test_timescaledb_missing(loaded: Pipeline, bare_database: str) -> None:
    words = ("TimescaleDB is missing", "postgresql-17-timescaledb", "create extension timescaledb")
    assert_fails(loaded, ExitCode.DATABASE, *words, begun=False, PGDATABASE=bare_database)


def test_somebody_holds_the_lock(loaded: Pipeline) -> None:
    with closing(psycopg2.connect(loaded.dsn, application_name="the other run")) as other:
        other.cursor().execute("select pg_advisory_lock(%s, %s)", LOCK_KEY)
        assert_fails(loaded, ExitCode.LOCKED, "the other run, since 20", "wait", begun=False)


def test_the_lock_of_a_run_that_has_just_died_is_waited_for(loaded: Pipeline) -> None:
    with (
        closing(psycopg2.connect(loaded.dsn)) as other,
        closing(psycopg2.connect(loaded.dsn)) as session,
    ):
        other.cursor().execute("select pg_advisory_lock(%s, %s)", LOCK_KEY)
        end = Timer(0.5, other.close)
        end.start()
        take_lock(session)
        end.join()


# --- The files -----------------------------------------------------------------------------------


def test_no_data_dir(loaded: Pipeline, folder: Path) -> None:
    words = ("nowhere", "No such file", "DATA_DIR")
    missing = str(folder / "nowhere")
    assert_fails(loaded, ExitCode.NO_INPUT, *words, begun=True, DATA_DIR=missing)


def test_nothing_in_data_dir(loaded: Pipeline, folder: Path) -> None:
    words = ("no file in", folder.name, "DATA_DIR")
    assert_fails(loaded, ExitCode.NO_INPUT, *words, begun=True, DATA_DIR=str(folder))


def test_nothing_that_is_understood_in_data_dir(loaded: Pipeline, folder: Path) -> None:
    (folder / "notes.csv").write_text("timestamp,steps\n")
    words = ("none of the 1 file in", folder.name, "DATA_DIR", "timestamp,value")
    assert_fails(loaded, ExitCode.NO_INPUT, *words, begun=True, DATA_DIR=str(folder))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("hr.csv is empty", "export it again")),
        (b"\n\n", ("hr.csv is empty", "export it again")),
        (b"timestamp,value\n", ("hr.csv has a header and no readings", "export it again")),
        (b"timestamp,value", ("hr.csv has a header and no readings", "export it again")),
        (
            b"timestamp,steps\n2024-01-01 00:00:00,7\n",
            ("hr.csv", "timestamp,value", "'timestamp,steps'", "export it again"),
        ),
        (
            b"2024-01-01 00:00:00,61.5\n",
            ("hr.csv is not understood", "it begins with '2024-01-01 00:00:00,61.5'"),
        ),
        (b"PK\x03\x04\xff\0\n", ("hr.csv is not understood", "expected timestamp,value")),
    ],
    ids=["empty", "blank", "header", "open header", "other columns", "no header", "binary"],
)
def test_a_file_that_is_no_hr_csv(
    loaded: Pipeline, folder: Path, content: bytes, words: tuple[str, ...]
) -> None:
    (folder / "hr.csv").write_bytes(content)
    assert_fails(loaded, ExitCode.BAD_INPUT, *words, begun=True, DATA_DIR=str(folder))


def test_too_many_rejected_rows(loaded: Pipeline, folder: Path) -> None:
    (folder / "hr.csv").write_text("timestamp,value\n2024-01-01 00:00:00,61\n" + "bad\n" * 101)
    words = ("101 of 102 rows were rejected", "hr.csv, line 3", "--max-rejected 101")
    before = what_must_stay(loaded)

    done = loaded.loader("ingest", "--new-data-dir", DATA_DIR=str(folder))

    assert done.returncode == ExitCode.BAD_INPUT
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    assert [word for word in words if word not in line] == [], line
    assert "refused    1 file" in done.stdout
    assert what_must_stay(loaded) == before


def test_one_bad_file_among_good_ones_is_refused_and_the_others_load(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    state = pipeline.state_file.read_bytes()
    pipeline.write(MORE, name="b.csv")
    cut = '[{"dateTime":"01/03/24 00:00:00","value":{"bpm":61,"confidence":3}},{"dateTime":"01/0'
    (pipeline.data / "c.json").write_text(cut)

    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stderr.count("error: ") == 1
    assert "c.json" in done.stderr
    assert pipeline.table() == readings([*ROWS, *MORE])
    assert pipeline.state_file.read_bytes() == state
    assert last_run(pipeline)[1] == "failed"
    (pipeline.data / "c.json").unlink()
    assert pipeline.loader("ingest").returncode == ExitCode.OK
    assert pipeline.state_file.read_bytes() != state


WANTS_THE_TABLE = "from pg_locks where not granted and relation = 'heart_rate'::regclass"


def test_a_comparison_that_fails_does_not_wait_for_the_table(
    loaded: Pipeline, folder: Path
) -> None:
    (folder / "heart_rate-2024-01-01.json").write_text(
        '[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61,"confidence":3}},{"dateTi'
    )
    with closing(psycopg2.connect(loaded.dsn)) as other:
        other.cursor().execute("lock table heart_rate in access exclusive mode")
        done = loaded.loader("verify", DATA_DIR=str(folder))
        until(
            lambda: not loaded.query(f"select {WANTS_THE_TABLE}"),
            "the statement that wanted the table to end",
        )
    assert done.returncode == ExitCode.BAD_INPUT, done.stderr
    assert "can't be read to its end" in error_line(done)


def test_a_comparison_whose_question_is_ended_says_so(loaded: Pipeline) -> None:
    with closing(psycopg2.connect(loaded.dsn)) as other, ThreadPoolExecutor() as meanwhile:
        other.cursor().execute("lock table heart_rate in access exclusive mode")
        verifying = meanwhile.submit(loaded.loader, "verify")
        until(
            lambda: loaded.query(f"select pg_terminate_backend(pid) {WANTS_THE_TABLE}"),
            "a session that wants the table",
        )
        done = verifying.result()
    assert done.returncode == ExitCode.DATABASE, done.stderr
    assert "the database went away during the run" in error_line(done)


# --- Folders and rights --------------------------------------------------------------------------


def test_a_state_folder_that_cannot_be(loaded: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ("file/state can't be written", "STATE_DIR")
    inside = str(tmp_path / "file" / "state")
    assert_fails(loaded, ExitCode.CANT_WRITE, *words, begun=False, STATE_DIR=inside)


def test_a_log_folder_that_cannot_be(loaded: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = ("file/logs can't be written", "LOG_DIR")
    inside = str(tmp_path / "file" / "logs")
    assert_fails(loaded, ExitCode.CANT_WRITE, *words, begun=False, LOG_DIR=inside)


def test_a_scratch_folder_that_cannot_be(loaded: Pipeline, folder: Path, tmp_path: Path) -> None:
    (folder / "new.csv").write_text("\n".join(["timestamp,value", *MORE, ""]))
    words = ("scratch can't be written", "SCRATCH_DIR")
    missing = str(tmp_path / "no such" / "scratch")
    assert_fails(
        *(loaded, ExitCode.CANT_WRITE, *words),
        begun=True,
        DATA_DIR=str(folder),
        SCRATCH_DIR=missing,
    )


def without_root_rights(pipeline: Pipeline, **environment: str) -> subprocess.CompletedProcess[str]:
    """An ingest to which the rights of files apply: root goes without its power over them."""
    command = [sys.executable, "-m", "loader", "ingest", "--new-data-dir"]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may do anything, and there is no setpriv to go without")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "rights", "code", "words"),
    [
        ("STATE_DIR", 0o500, ExitCode.CANT_WRITE, ("Permission denied", "STATE_DIR")),
        ("LOG_DIR", 0o500, ExitCode.CANT_WRITE, ("Permission denied", "LOG_DIR")),
        ("SCRATCH_DIR", 0o500, ExitCode.CANT_WRITE, ("Permission denied", "SCRATCH_DIR")),
        ("DATA_DIR", 0o000, ExitCode.NO_INPUT, ("Permission denied", "DATA_DIR")),
        ("DATA_DIR", 0o200, ExitCode.NO_INPUT, ("Permission denied", "DATA_DIR")),
    ],
)
def test_a_folder_that_this_user_may_not_use(
    *,
    loaded: Pipeline,
    folder: Path,
    tmp_path: Path,
    variable: str,
    rights: int,
    code: int,
    words: tuple[str, ...],
) -> None:
    (folder / "new.csv").write_text("\n".join(["timestamp,value", *MORE, ""]))
    closed = folder if variable == "DATA_DIR" else tmp_path / "closed"
    closed.mkdir(exist_ok=True)
    closed.chmod(rights)
    before = what_must_stay(loaded)

    done = without_root_rights(loaded, **{"DATA_DIR": str(folder), variable: str(closed)})

    closed.chmod(0o700)
    line = error_line(done)
    assert done.returncode == code, line
    assert [word for word in (*words, str(closed)) if word not in line] == [], line
    assert what_must_stay(loaded) == before


def test_a_file_that_this_user_may_not_read(loaded: Pipeline, folder: Path) -> None:
    file = folder / "hr.csv"
    file.write_text("\n".join(["timestamp,value", *MORE, ""]))
    file.chmod(0)
    before = what_must_stay(loaded)

    done = without_root_rights(loaded, DATA_DIR=str(folder))

    line = error_line(done)
    assert done.returncode == ExitCode.NO_INPUT
    assert "hr.csv can't be opened: Permission denied" in line
    assert what_must_stay(loaded) == before
    assert last_run(loaded)[1:] == ("failed", line)


# --- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FITBIT_PARTICIPENT", "P001"),
        ("FITBIT_PARTICIPANT", "x" * 201),
        ("LOADER_MEMORY", "plenty"),
        ("LOADER_MEMORY", "1MB"),
        ("LOADER_LOCK_WAIT", "0"),
        ("PGPASSWORD_FILE", "/nowhere/password"),
        ("PGCONNECT_TIMEOUT", "soon"),
    ],
)
def test_a_variable_with_an_unusable_value_is_named(
    loaded: Pipeline, folder: Path, variable: str, value: str
) -> None:
    (folder / "new.csv").write_text("\n".join(["timestamp,value", *MORE, ""]))
    before = what_must_stay(loaded)
    secret = {"PGPASSWORD": ""} if variable == "PGPASSWORD_FILE" else {}
    done = loaded.loader("ingest", **{"DATA_DIR": str(folder), variable: value, **secret})
    line = error_line(done)
    assert done.returncode == ExitCode.SETTINGS, line
    assert variable in line
    assert what_must_stay(loaded) == before


def test_a_port_that_is_no_number(loaded: Pipeline) -> None:
    assert_fails(loaded, ExitCode.DATABASE, "PGPORT", "port", begun=False, PGPORT="five")


# --- dbt -----------------------------------------------------------------------------------------


def test_a_failing_model(loaded: Pipeline, folder: Path, tmp_path: Path) -> None:
    (folder / "new.csv").write_text("\n".join(["timestamp,value", *MORE, ""]))
    project = changed_project(
        tmp_path, "models/staging/stg_heart_rate.sql", "value::double precision", "value / 0"
    )
    words = ("dbt model heart_rate", "division by zero", "dbt.log", "run again")
    folders = {"DATA_DIR": str(folder), **project}
    assert_fails(loaded, ExitCode.DBT_FAILED, *words, begun=True, **folders)


def test_a_project_that_cannot_be_parsed(loaded: Pipeline, folder: Path, tmp_path: Path) -> None:
    (folder / "new.csv").write_text("\n".join(["timestamp,value", *MORE, ""]))
    project = changed_project(
        tmp_path, "models/core/heart_rate.sql", "ref('stg_heart_rate')", "ref('nothing')"
    )
    words = ("dbt could not run", "nothing", "run again")
    folders = {"DATA_DIR": str(folder), **project}
    assert_fails(loaded, ExitCode.DBT_FAILED, *words, begun=True, **folders)


def test_a_failing_test_commits_nothing_and_the_next_run_does(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    files = "select size_bytes, bytes_read, run_id from ingest.files"
    before = (pipeline.state_file.read_bytes(), pipeline.query(files))
    pipeline.append(MORE)
    project = changed_project(tmp_path, "models/core/heart_rate.yml", "value <= 300", "value <= 80")

    done = pipeline.loader("ingest", **project)

    line = error_line(done)
    assert done.returncode == ExitCode.DBT_FAILED
    assert "dbt test heart_rate_readings_are_plausible" in line
    assert (pipeline.state_file.read_bytes(), pipeline.query(files)) == before
    assert last_run(pipeline)[1:] == ("failed", line)
    assert "heart_rate_readings_are_plausible" in (pipeline.log / "dbt.log").read_text()

    pipeline.ingest()

    assert pipeline.table() == readings([*ROWS, *MORE])
    assert pipeline.state_file.read_bytes() != before[0]


# --- Full refresh --------------------------------------------------------------------------------


def test_a_full_refresh_that_would_lose_readings(loaded: Pipeline, folder: Path) -> None:
    (folder / "hr.csv").write_text("\n".join(["timestamp,value", *ROWS[:150], ""]))
    before = what_must_stay(loaded)
    done = loaded.loader("ingest", "--full-refresh", "--new-data-dir", DATA_DIR=str(folder))
    line = error_line(done)
    assert done.returncode == ExitCode.REFUSED
    assert [word for word in ("150", "200", "50 of", "--allow-shrink") if word not in line] == []
    assert what_must_stay(loaded) == before


def test_a_full_refresh_from_files_without_a_reading(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.write(["never,61"])
    before = what_must_stay(pipeline)

    accepted = ("ingest", "--full-refresh", "--max-rejected", "1")
    refused = pipeline.loader(*accepted)

    assert refused.returncode == ExitCode.REFUSED
    assert "the files contain 0 readings, the table holds 200" in error_line(refused)
    assert what_must_stay(pipeline) == before

    told = pipeline.loader(*accepted, "--allow-shrink")

    assert (told.returncode, pipeline.table()) == (ExitCode.OK, set())


# --- Ctrl-C --------------------------------------------------------------------------------------


def test_a_run_interrupted_in_dbt_says_so_and_the_next_one_carries_on(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.append(MORE)
    waiting = "select 1 from pg_locks where relation = 'heart_rate'::regclass and not granted"
    with closing(psycopg2.connect(pipeline.dsn)) as session, session.cursor() as cursor:
        cursor.execute("lock table heart_rate in exclusive mode")
        process = subprocess.Popen(
            [sys.executable, "-m", "loader", "ingest"],
            cwd=PROJECT,
            env={**os.environ, **pipeline.environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: pipeline.query(waiting), "the merge to wait for the lock")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)

    assert process.returncode == ExitCode.INTERRUPTED
    assert told.splitlines()[-1].endswith("error: interrupted — the next run continues")

    pipeline.ingest()

    assert pipeline.table() == readings([*ROWS, *MORE])


def test_an_interrupted_copy_is_no_error_of_the_database(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()

    def batches() -> Iterator[pa.RecordBatch]:
        raise KeyboardInterrupt
        yield

    with connect(os.environ, "test") as session, pytest.raises(KeyboardInterrupt):
        stage_delta(session, 1, [], batches(), NOTHING_MOVED, lambda done: None)


# --- Tracebacks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["ingest", "load", "verify"])
def test_debug_adds_the_traceback_to_the_line(loaded: Pipeline, command: str) -> None:
    done = loaded.loader("--debug", command, DATA_DIR="/nowhere")
    assert done.returncode == ExitCode.NO_INPUT
    assert done.stderr.count("error: ") == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "NoInputError" in done.stderr


@pytest.mark.parametrize("command", ["status", "verify", "load"])
def test_every_command_says_that_no_database_is_named(loaded: Pipeline, command: str) -> None:
    done = loaded.loader(command, PGHOST="")
    assert "PGHOST is not set" in error_line(done)
    assert done.returncode == ExitCode.DATABASE
