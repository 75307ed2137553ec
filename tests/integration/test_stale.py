"""``make status`` fails if a run failed or readings are stale; what never counts as stale."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from loader.commands.freshness import LISTED
from loader.configuration.settings import PROJECT
from loader.errors import ExitCode
from loader.ledger.sample import TRACKED
from tests.pipeline import Pipeline, seconds

LATEST = """
insert into ingest.participants (participant_id, latest_timestamp)
values (%s, now() - %s)
on conflict (participant_id) do update set latest_timestamp = excluded.latest_timestamp
"""

SEED = """
create table if not exists marts.participants (participant_id text, ended_on date);
insert into marts.participants values ('P1', current_date - %s)
"""

STALE = {"STALE_AFTER": ""}
"""The default, which the other tests don't have."""


@pytest.fixture
def loaded(pipeline: Pipeline) -> Pipeline:
    """A project without a run, but with the ledger's tables."""
    assert pipeline.loader("status", **STALE).returncode == ExitCode.OK
    return pipeline


def has(pipeline: Pipeline, **ages: timedelta) -> None:
    """Participants and how old their newest reading is."""
    for who, age in ages.items():
        pipeline.query(LATEST, (who, age))


def told(pipeline: Pipeline, code: int, **environment: str) -> tuple[list[str], str]:
    """The lines of freshness, and the errors on stderr."""
    done = pipeline.loader("status", **(STALE | environment))
    assert done.returncode == code, done.stderr
    (lines,) = re.findall(r"^freshness    (.*\n(?: {13}.*\n)*)", done.stdout, re.MULTILINE)
    return [line.strip() for line in lines.splitlines()], done.stderr


# --- Stale readings ------------------------------------------------------------------------------


def test_readings_older_than_a_week_are_stale(pipeline: Pipeline) -> None:
    """The whole way, from a file: its readings are of 2024."""
    pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
    assert pipeline.loader("ingest", **STALE).returncode == ExitCode.OK

    (line,), error = told(pipeline, ExitCode.CHECK_FAILED)

    assert re.fullmatch(
        r"stale: the newest reading is [\d,]+ days old; export .* make ingest", line
    )
    assert re.search(
        r"UTC  error: me has no reading of the last 7 days — export newer files into DATA_DIR, "
        r"then make ingest, or set STALE_AFTER \(docs/notifications.md\)\n$",
        error,
    )
    assert told(pipeline, 0, STALE_AFTER="never") == (["not checked (STALE_AFTER=never)"], "")

    now = datetime.now(UTC) - timedelta(hours=1)
    pipeline.append(seconds(f"{now:%Y-%m-%d %H:%M:%S}", range(60, 90)))
    assert pipeline.loader("ingest", **STALE).returncode == ExitCode.OK
    assert told(pipeline, 0) == (["there are readings of the last 7 days"], "")


@pytest.mark.parametrize(
    ("age", "limit", "code"),
    [
        (timedelta(days=6, hours=23), "7 days", 0),
        (timedelta(days=7, hours=1), "7 days", 1),
        (timedelta(hours=35), "36 hours", 0),
        (timedelta(hours=37), "36 hours", 1),
        (timedelta(days=-3), "36 hours", 0),
        (timedelta(days=13), "2 weeks", 0),
    ],
)
def test_the_limit(loaded: Pipeline, age: timedelta, limit: str, code: int) -> None:
    has(loaded, me=age)
    told(loaded, code, STALE_AFTER=limit)


def test_one_of_several_is_enough_and_each_is_named_the_oldest_first(loaded: Pipeline) -> None:
    has(loaded, P1=timedelta(days=3), P2=timedelta(days=9), P3=timedelta(days=400))

    lines, error = told(loaded, ExitCode.CHECK_FAILED)

    assert lines == [
        "stale: 2 of 3 participants have no reading of the last 7 days",
        "400 days ago  P3",
        "9 days ago  P2",
    ]
    assert "error: P3 and 1 other participant have no reading of the last 7 days — " in error
    has(loaded, P2=timedelta(hours=1), P3=timedelta(hours=1))
    assert told(loaded, 0) == (["all 3 participants have readings of the last 7 days"], "")


def test_a_long_list_is_cut(loaded: Pipeline) -> None:
    has(loaded, **{f"P{number:03}": timedelta(days=100 - number) for number in range(30)})
    lines, error = told(loaded, ExitCode.CHECK_FAILED)
    assert len(lines) == 1 + LISTED + 1
    assert lines[1:3] == ["100 days ago  P000", "99 days ago  P001"]
    assert lines[-1] == "… and 10 other participants"
    assert "P000 and 29 other participants have" in error


# --- What is never stale -------------------------------------------------------------------------


def test_the_sample_of_a_fresh_clone_is_not_stale(pipeline: Pipeline) -> None:
    assert told(pipeline, 0) == (["no readings yet"], "")
    (pipeline.data / "sample").mkdir()
    for file in TRACKED:
        shutil.copy(file.path, pipeline.data / "sample")
    assert pipeline.loader("ingest", **STALE).returncode == ExitCode.OK
    assert told(pipeline, 0) == (["only the sample is loaded, which is never stale"], "")


def test_the_sample_next_to_files_of_ones_own_is_not_looked_at(loaded: Pipeline) -> None:
    has(loaded, sample=timedelta(days=900), me=timedelta(days=1))
    assert told(loaded, 0) == (["there are readings of the last 7 days"], "")


def test_who_has_ended_is_not_stale_from_the_next_day_on(loaded: Pipeline) -> None:
    has(loaded, P1=timedelta(days=30))
    loaded.query(SEED, (0,))
    told(loaded, ExitCode.CHECK_FAILED)
    loaded.query("truncate marts.participants")
    loaded.query(SEED, (1,))
    assert told(loaded, 0) == (["not checked; 1 participant has ended"], "")
    has(loaded, P2=timedelta(days=1))
    lines = ["there are readings of the last 7 days; 1 participant has ended"]
    assert told(loaded, 0) == (lines, "")


def test_a_seed_without_that_column_ends_nobody(loaded: Pipeline) -> None:
    has(loaded, P1=timedelta(days=30))
    loaded.query("create table marts.participants as select 'P1' as participant_id")
    told(loaded, ExitCode.CHECK_FAILED)


# --- The last run --------------------------------------------------------------------------------


def test_a_file_at_fault_fails_until_a_run_ends_well(pipeline: Pipeline) -> None:
    pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
    cut = pipeline.data / "cut.json"
    cut.write_text('[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{')
    assert pipeline.loader("ingest").returncode == ExitCode.BAD_INPUT
    done = pipeline.loader("status")
    assert done.returncode == ExitCode.CHECK_FAILED
    assert "error: the last run failed: cut.json" in done.stderr
    cut.unlink()
    assert pipeline.loader("ingest").returncode == ExitCode.OK
    done = pipeline.loader("status")
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")


def test_a_run_that_was_killed_is_a_failure_and_one_that_is_going_on_is_not(
    loaded: Pipeline,
) -> None:
    loaded.query("insert into ingest.runs (command) values ('ingest')")
    done = loaded.loader("status")
    assert done.returncode == ExitCode.CHECK_FAILED
    assert "last run     interrupted: make ingest continues\n" in done.stdout
    assert "error: the last run was interrupted — make ingest continues" in done.stderr

    code = (
        "import os, subprocess, sys\n"
        "from loader.database.session import connect, take_lock\n"
        "with connect(os.environ, 'test') as session:\n"
        "    take_lock(session)\n"
        "    sys.exit(subprocess.run([sys.executable, '-m', 'loader', 'status']).returncode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, **loaded.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert "last run     running\n" in done.stdout


# --- On a terminal -------------------------------------------------------------------------------


def on_a_terminal(pipeline: Pipeline, columns: int) -> list[str]:
    """What a person sees of `loader status`."""
    script = ["script", "--quiet", "--return", "--command", f"{sys.executable} -m loader status"]
    done = subprocess.run(
        [*script, "/dev/null"],
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment, **STALE, "COLUMNS": str(columns)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.CHECK_FAILED, done.stdout
    return [line.rstrip("\r") for line in done.stdout.split("\n")]


@pytest.mark.skipif(not shutil.which("script"), reason="needs script of util-linux")
@pytest.mark.parametrize("columns", [60, 80])
def test_the_lines_fit_a_terminal(loaded: Pipeline, columns: int) -> None:
    names = {f"a participant with quite a long name in study {n} of 2026": n + 8 for n in range(3)}
    has(loaded, **{who: timedelta(days=days) for who, days in names.items()})

    lines = on_a_terminal(loaded, columns)

    facts = lines[: next(number for number, line in enumerate(lines) if "error: " in line)]
    # A path stays whole.
    assert [line for line in facts if len(line) > columns and " " in line.strip()] == []
    shown = re.sub(r"\n {13}", " ", "\n".join(facts))
    assert "freshness    stale: 3 of 3 participants have no reading of the last 7 days" in shown
    assert all(who in shown for who in names)
