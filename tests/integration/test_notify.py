"""A night that fails reaches somebody: the real loader, a real service, a real command."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from loader.configuration.settings import PROJECT
from loader.database.session import LOCK_KEY
from loader.errors import INTERRUPTED, ExitCode
from loader.notify import URL_TIMEOUT
from tests.faults.waiting import until
from tests.pipeline import Pipeline, readings, seconds
from tests.service import SECRET, Service, refusing_url, service

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])
MORE = seconds("2024-01-02 00:00:00", [70 + number % 30 for number in range(100)])

CUT = '[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{'


@pytest.fixture
def told() -> Iterator[Service]:
    with service() as running:
        yield running


class Letter:
    """What ``NOTIFY_COMMAND`` learned."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.command = (
            f"{{ echo $FITBIT_OUTCOME; echo $FITBIT_EXIT_CODE; echo $FITBIT_ERROR; cat; }} >{file}"
        )

    def read(self) -> tuple[str, int, str, str]:
        """Outcome, exit code, error and summary; the letter is gone then."""
        outcome, code, error, summary = self.file.read_text().split("\n", 3)
        self.file.unlink()
        return outcome, int(code), error, summary


@pytest.fixture
def letter(tmp_path: Path) -> Letter:
    return Letter(tmp_path / "letter")


@pytest.fixture
def notifying(pipeline: Pipeline, told: Service, letter: Letter) -> Pipeline:
    """A project that tells both."""
    pipeline.environment |= {"NOTIFY_URL": told.url, "NOTIFY_COMMAND": letter.command}
    pipeline.write(ROWS)
    return pipeline


def one_line(text: str) -> str:
    """The one error among lines of stderr."""
    (line,) = [line.partition("error: ")[2] for line in text.splitlines() if "error: " in line]
    return line


# --- How a run ends ------------------------------------------------------------------------------


@pytest.mark.without_marts
def test_a_run_that_ends_well_is_a_success_whatever_it_found(
    notifying: Pipeline, told: Service, letter: Letter
) -> None:
    for arguments in ([], [], ["--reconcile"], ["--full-refresh"]):
        done = notifying.loader("ingest", *arguments)
        assert done.returncode == ExitCode.OK, done.stderr
        assert told.requests == [("GET", f"{SECRET}/start", ""), ("GET", SECRET, "")]
        assert letter.read() == ("success", 0, "", done.stdout)
        told.requests.clear()


@pytest.mark.without_marts
def test_a_file_at_fault_is_a_failure_although_the_others_are_loaded(
    notifying: Pipeline, told: Service, letter: Letter
) -> None:
    (notifying.data / "cut.json").write_text(CUT)

    done = notifying.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT
    line = one_line(done.stderr)
    assert line.startswith("cut.json")
    assert told.requests[1:] == [("POST", f"{SECRET}/fail", line)]
    outcome, code, error, summary = letter.read()
    assert (outcome, code, error) == ("failure", ExitCode.BAD_INPUT, line)
    assert summary == f"{done.stdout}error: {line}\n"
    assert notifying.table() == readings(ROWS)


def test_a_run_that_gives_up_because_of_another_one_is_a_failure(
    notifying: Pipeline, told: Service, letter: Letter
) -> None:
    """The other one may be hanging."""
    with closing(psycopg2.connect(notifying.dsn)) as session, session.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", LOCK_KEY)
        done = notifying.loader("ingest")
    assert done.returncode == ExitCode.LOCKED
    line = one_line(done.stderr)
    assert line.startswith("another run holds the lock")
    assert told.requests[1:] == [("POST", f"{SECRET}/fail", line)]
    assert letter.read() == ("failure", ExitCode.LOCKED, line, f"error: {line}\n")


def test_a_database_that_does_not_answer_is_a_failure(
    notifying: Pipeline, told: Service, letter: Letter
) -> None:
    done = notifying.loader("ingest", PGHOST="127.0.0.1", PGPORT="1")
    assert done.returncode == ExitCode.DATABASE
    assert told.paths == ["/start", "/fail"]
    assert letter.read()[:3] == ("failure", ExitCode.DATABASE, one_line(done.stderr))


@pytest.mark.without_marts
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_is_a_failure(
    notifying: Pipeline, told: Service, letter: Letter, number: signal.Signals
) -> None:
    assert notifying.loader("ingest").returncode == ExitCode.OK
    letter.read()
    told.requests.clear()
    notifying.append(MORE)
    waiting = "select 1 from pg_locks where relation = 'heart_rate'::regclass and not granted"
    with closing(psycopg2.connect(notifying.dsn)) as session, session.cursor() as cursor:
        cursor.execute("lock table heart_rate in exclusive mode")
        process = subprocess.Popen(
            [sys.executable, "-m", "loader", "ingest"],
            cwd=PROJECT,
            env={**os.environ, **notifying.environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: notifying.query(waiting), "the merge to wait for the lock")
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == ExitCode.INTERRUPTED
    assert one_line(errors) == INTERRUPTED
    assert told.requests[1:] == [("POST", f"{SECRET}/fail", INTERRUPTED)]
    assert letter.read() == (
        "failure",
        ExitCode.INTERRUPTED,
        INTERRUPTED,
        f"error: {INTERRUPTED}\n",
    )
    ended = "select outcome, error from ingest.runs order by run_id desc limit 1"
    assert notifying.query(ended) == [("interrupted", INTERRUPTED)]
    assert "error: the last run was interrupted — " in notifying.loader("status").stderr

    assert notifying.loader("ingest").returncode == ExitCode.OK
    assert notifying.table() == readings([*ROWS, *MORE])


# --- A run that can't begin ----------------------------------------------------------------------


def test_another_setting_that_is_wrong_is_told(
    notifying: Pipeline, told: Service, letter: Letter
) -> None:
    done = notifying.loader("ingest", LOADER_MEMORY="plenty")
    assert done.returncode == ExitCode.SETTINGS
    assert told.paths == ["/start", "/fail"]
    assert "LOADER_MEMORY" in letter.read()[2]


def test_an_address_that_is_wrong_is_told_to_the_command_and_nobody_reads_it(
    notifying: Pipeline, letter: Letter
) -> None:
    done = notifying.loader("ingest", NOTIFY_URL="hc-ping.com/4fd0-secret")
    assert done.returncode == ExitCode.SETTINGS
    line = one_line(done.stderr)
    assert line.startswith("NOTIFY_URL must be an http or https address")
    assert letter.read()[2] == line
    assert "4fd0" not in done.stderr


def test_a_settings_file_that_is_wrong_is_told(
    notifying: Pipeline, told: Service, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("NOTIFY_URI=https://hc-ping.com/4fd0-secret\n")
    done = notifying.loader("ingest", FITBIT_ENV_FILE=str(file))
    assert done.returncode == ExitCode.SETTINGS
    assert "NOTIFY_URI is not a setting (did you mean NOTIFY_URL?)" in one_line(done.stderr)
    assert "4fd0" not in done.stderr
    assert told.paths == ["/fail"]


def test_an_embedded_database_that_cannot_start_is_told(
    notifying: Pipeline, told: Service, letter: Letter, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    environment = {"EMBEDDED_DB_DIR": str(tmp_path / "a file" / "x"), "PGHOST": ""}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.embedded", "run", "--", ".venv/bin/loader", "ingest"],
        cwd=PROJECT,
        env={**os.environ, **notifying.environment, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    line = one_line(done.stderr)
    assert told.requests == [("POST", f"{SECRET}/fail", line)]
    assert letter.read() == ("failure", done.returncode, line, f"error: {line}\n")


# --- What a notification must not do -------------------------------------------------------------


@pytest.mark.without_marts
def test_a_notification_that_fails_changes_nothing_but_a_line(notifying: Pipeline) -> None:
    environment = {"NOTIFY_URL": refusing_url(), "NOTIFY_COMMAND": "echo from it; exit 7"}
    done = notifying.loader("ingest", **environment)
    assert done.returncode == ExitCode.OK
    assert done.stdout.startswith("run 1: heart_rate has 200 new")
    lines = [line for line in done.stderr.splitlines() if "isn't affected" in line]
    assert [line.partition("UTC  ")[2] for line in lines] == [
        f"the {what} of the run wasn't reported to 127.0.0.1: Connection refused; "
        "the run isn't affected"
        for what in ("start", "success")
    ] + ["NOTIFY_COMMAND ended with exit code 7; the run isn't affected"]
    assert "from it\n" in done.stderr
    assert "from it" not in done.stdout
    assert notifying.table() == readings(ROWS)

    done = notifying.loader("ingest", DATA_DIR="/nowhere", **environment)
    assert done.returncode == ExitCode.NO_INPUT


@pytest.mark.without_marts
def test_a_service_that_hangs_costs_two_timeouts(notifying: Pipeline, told: Service) -> None:
    assert notifying.loader("ingest").returncode == ExitCode.OK
    told.answers.clear()
    began = time.monotonic()
    done = notifying.loader("ingest")
    assert time.monotonic() - began < 2 * URL_TIMEOUT + 5
    assert done.returncode == ExitCode.OK
    assert done.stderr.count("wasn't reported to 127.0.0.1: ") == 2


@pytest.mark.without_marts
def test_the_secret_is_in_no_output_log_or_ledger(
    notifying: Pipeline, told: Service, tmp_path: Path
) -> None:
    told.status = 500
    done = notifying.loader("ingest")
    failed = notifying.loader("--debug", "ingest", DATA_DIR="/nowhere")
    shown = [done.stdout, done.stderr, failed.stdout, failed.stderr]
    shown += [str(notifying.query("select * from ingest.runs"))]
    shown += [file.read_text() for file in notifying.log.rglob("*") if file.is_file()]
    assert "it answered 500" in done.stderr
    assert SECRET not in "".join(shown)


@pytest.mark.without_marts
def test_the_command_may_ask_for_the_status(notifying: Pipeline, tmp_path: Path) -> None:
    """The variables that it gets are no misspelt settings."""
    asked = f"{sys.executable} -m loader status >{tmp_path / 'status'}"
    assert notifying.loader("ingest", NOTIFY_COMMAND=asked).returncode == ExitCode.OK
    assert "last run     ok\n" in (tmp_path / "status").read_text()


@pytest.mark.parametrize("command", [["status"], ["verify"], ["load"], ["inspect", "data"]])
def test_commands_of_a_person_tell_nobody(
    notifying: Pipeline, told: Service, letter: Letter, command: list[str]
) -> None:
    notifying.loader(*command)
    notifying.loader("ingest", "--help")
    notifying.loader("ingest", "--reconcile", "--full-refresh")
    assert told.requests == []
    assert not letter.file.exists()
