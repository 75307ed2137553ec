"""`make forget`: what is erased, what stays, what stands in the way, and a crash in the middle."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from loader.commands.forget.forget import Holdings, forget, render_forgotten, render_holdings
from loader.commands.verify.verify import verify
from loader.configuration.settings import PROJECT, Settings
from loader.database.session import LOCK_KEY
from loader.errors import ExitCode, FilesPresentError, LockedError, UnknownParticipantError
from loader.ledger.state import read_state
from loader.mode import Mode
from loader.run import Request
from tests.faults.waiting import until
from tests.pipeline import Pipeline, QuietReporter, seconds

FEW = [60.5 + number % 9 for number in range(40)]
CUT_JSON = '[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},'
SHARED = "study/heart.csv"
"""A file of two participants, 9000000001 and 9000000002."""
REJECTS = "rejects/heart.csv"
OLD = "old/heart.csv"
"""A file of two others, 9000000003 and one whose name is not fit to be shown."""
ODD = "O'Brien \x1b[31m\u202e"


def fitabase(*participants: str) -> list[str]:
    return [
        f"{who},4/12/2016 7:{number:02}:00 AM,{60 + number}"
        for who in participants
        for number in range(20)
    ]


@pytest.fixture(scope="module")
def project(module_pipeline: Pipeline) -> Pipeline:
    """Several participants, loaded; a test erases one of its own and leaves the others alone."""
    made = module_pipeline
    made.environment["FITBIT_TIMEZONE"] = "Europe/Berlin"
    made.write(seconds("2024-01-01 00:00:00", FEW), name="participant_id=P000/hr.csv")
    # Of P001 are the latest readings of all, a row that is none and a file of something else.
    made.write(
        ["P001 was here", *seconds("2024-05-01 00:00:00", FEW)], name="participant_id=P001/hr.csv"
    )
    made.write(["P001,1"], header="who,steps", name="participant_id=P001/steps.csv")
    for who in ("P002", "P003", "P004", "P01"):
        made.write(seconds("2024-02-01 00:00:00", FEW), name=f"participant_id={who}/hr.csv")
    bad = ["9000000001,never,60", "9000000002,never,60"]
    made.write([*fitabase("9000000001", "9000000002"), *bad], "Id,Time,Value", SHARED)
    made.write(fitabase("9000000003", ODD), "Id,Time,Value", OLD)
    # 9000000010 has no reading, only rows that are none; the last is of somebody else.
    bad = ['"9000000010";5;5', "9000000010.0,,60", "1,9000000010,60"]
    made.write([*fitabase("9000000011"), *bad], "Id,Time,Value", REJECTS)
    done = made.loader("ingest")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(autouse=True)
def _environment(project: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)


def erase(name: str, agree: Callable[[Holdings], bool] = lambda found: True) -> Holdings | None:
    return forget(Settings.from_env(os.environ), name, QuietReporter(), agree)


def refused(name: str) -> str:
    with pytest.raises(FilesPresentError) as error:
        erase(name)
    assert error.value.exit_code == ExitCode.REFUSED
    return error.value.what


def take_away(project: Pipeline, name: str) -> None:
    """Somebody withdrew: their files are gone for good."""
    shutil.rmtree(project.data / name)


@contextmanager
def without(path: Path) -> Iterator[None]:
    """A file or folder is taken away for a while."""
    away = path.rename(path.parent.parent.parent / f"away-{path.name}")
    yield
    away.rename(path)


@contextmanager
def with_file(project: Pipeline, name: str, rows: list[str], header: str) -> Iterator[None]:
    path = project.write(rows, header, name)
    yield
    path.unlink()


def rows_naming(project: Pipeline, text: str) -> list[Any]:
    """Every row of every table of ours that has the text anywhere in it."""
    tables = project.query(
        "select format('%I.%I', nspname, relname) from pg_class"
        " join pg_namespace on pg_namespace.oid = relnamespace where relkind in ('r', 'p')"
        " and nspname in ('public', 'marts', 'intermediate', 'ingest', 'staging')"
    )
    assert len(tables) > 15
    return [
        (table, row)
        for (table,) in tables
        for row in project.query(
            f"select t::text from {table} as t where strpos(t::text, %s) > 0", [text]
        )
    ]


def counts(project: Pipeline, *left_out: str) -> list[Any]:
    """How many rows each table has of each participant that is not left out."""
    tables = project.query(
        "select format('%%I.%%I', table_schema, table_name) from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name)"
        " where column_name = 'participant_id' and table_type = 'BASE TABLE'"
        " and table_schema in ('public', 'marts', 'intermediate', 'ingest') order by 1",
        [None],
    )
    return [
        (table, *row)
        for (table,) in tables
        for row in project.query(
            f"select participant_id, count(*) from {table} where participant_id <> all(%s)"
            " group by 1 order by 1",
            [list(left_out)],
        )
    ]


def latest(project: Pipeline) -> datetime | None:
    last: datetime | None = project.query("select max(timestamp) from heart_rate")[0][0]
    return last


# --- What is erased and what stays ---------------------------------------------------------------


def test_nothing_of_a_participant_is_left_and_all_of_the_others(project: Pipeline) -> None:
    """P001 has the latest readings, so the watermark moves back with them."""
    failed = project.write(["{"], CUT_JSON, "participant_id=P001/cut.json")
    assert project.loader("ingest").returncode == ExitCode.BAD_INPUT
    failed.unlink()
    assert project.loader("ingest").returncode == 0
    others = counts(project, "P001")
    assert rows_naming(project, "P001")
    told: list[str] = []

    def agree(found: Holdings) -> bool:
        told.append(render_holdings(Settings.from_env(os.environ), found))
        return True

    with without(project.data / "participant_id=P001"):
        erased = erase("P001", agree)

        assert erased is not None
        assert (erased.readings, erased.rejected, erased.shared) == (40, 1, {})
        assert erased.files == ["participant_id=P001/hr.csv", "participant_id=P001/steps.csv"]
        assert "  readings   40" in told[0]
        assert "  rejected   1 row\n" in f"{told[0]}\n"
        assert "2 files: participant_id=P001/hr.csv, " in told[0]
        assert "40 readings" in render_forgotten(Settings.from_env(os.environ), erased)
        assert rows_naming(project, "P001") == []
        assert counts(project) == others
        # Neither the state nor a run says any more that there was a reading in May.
        last = datetime(2024, 2, 1, 0, 0, 39, tzinfo=UTC)
        assert latest(project) == last
        assert read_state(project.state_file).last_ok_run == last
        assert rows_naming(project, "2024-05-01") == []

        assert verify(Settings.from_env(os.environ), QuietReporter()).differences == []
        after = project.ingest()
        assert (after.outcome, after.update.vanished, after.last_ok_run) == (
            "nothing new",
            [],
            last,
        )
        assert project.reporter.notes == []
        reconciled = project.ingest(Request(mode=Mode.RECONCILE))
        assert (reconciled.outcome, reconciled.counts.unchanged > 0) == ("nothing new", True)
        assert rows_naming(project, "P001") == []
    # Whoever is brought back is new again.
    back = project.ingest()
    assert (back.counts.new, back.counts.late) == (40, 0)


def test_one_row_says_when_and_how_many_and_nothing_else(project: Pipeline) -> None:
    take_away(project, "participant_id=P002")
    before = project.query("select now()")[0][0]
    known = len(project.query("select 1 from ingest.forgotten"))
    erase("P002")
    rows = project.query("select * from ingest.forgotten order by forgotten_at")
    assert len(rows) == known + 1
    forgotten_at, readings = rows[-1]
    assert readings == 40
    assert forgotten_at >= before


def test_a_file_that_others_share_keeps_their_part(project: Pipeline) -> None:
    """The rows were taken out of the file, which no run has seen yet."""
    file = project.data / SHARED
    text = file.read_text()
    file.write_text("".join(line for line in text.splitlines(True) if "9000000001" not in line))

    erased = erase("9000000001")

    assert erased is not None
    assert (erased.readings, erased.files, list(erased.shared)) == (20, [], [SHARED])
    assert erased.rejected == 1
    assert rows_naming(project, "9000000001") == []
    assert project.query(
        "select path, raw from ingest.rejected_rows where path = %s", [SHARED]
    ) == [(SHARED, "9000000002,never,60")]
    result = project.ingest()
    assert (result.counts.new, result.counts.late, result.update.vanished) == (0, 0, [])
    assert rows_naming(project, "9000000001") == []
    assert verify(Settings.from_env(os.environ), QuietReporter()).differences == []


def test_a_shared_file_that_is_gone_is_no_longer_read_as_theirs(project: Pipeline) -> None:
    """A name that can only be shown escaped can be typed as it is shown."""
    take_away(project, "old")
    assert project.ingest().update.vanished == [OLD]
    erase("9000000003")
    assert rows_naming(project, "9000000003") == []
    assert rows_naming(project, "old/")

    erased = erase("O'Brien \\x1b[31m\\u202e")
    assert erased is not None
    assert (erased.participant_id, erased.readings, erased.files) == (ODD, 20, [OLD])
    for text in (render_holdings, render_forgotten):
        shown = text(Settings.from_env(os.environ), erased)
        assert all(line.isprintable() for line in shown.splitlines())
    assert rows_naming(project, "O'Brien") == rows_naming(project, "old/") == []


def test_rejected_rows_are_theirs_if_they_begin_with_the_name(project: Pipeline) -> None:
    """Of a participant without a reading, in a file whose rows name participants."""
    assert REJECTS in refused("9000000010")
    project.write(fitabase("9000000011"), "Id,Time,Value", REJECTS)
    erased = erase("9000000010")
    assert erased is not None
    assert (erased.readings, erased.rejected) == (0, 2)
    kept = "select raw from ingest.rejected_rows where path = %s"
    assert project.query(kept, [REJECTS]) == [("1,9000000010,60",)]


def test_what_was_staged_and_not_merged_is_given_up(project: Pipeline) -> None:
    project.append(seconds("2024-02-02 00:00:00", FEW), "participant_id=P004/hr.csv")
    assert project.loader("load").returncode == 0
    take_away(project, "participant_id=P004")
    erase("P004")
    assert rows_naming(project, "P004") == []
    assert project.query("select 1 from staging.batch") == []


def test_the_seeds_row_is_named_because_it_is_a_persons_own_file(
    project: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seeds").mkdir()
    seed = tmp_path / "seeds" / "participants.csv"
    seed.write_text("participant_id,time_zone,birth_year\nP01,,1985\n")
    monkeypatch.setenv("DBT_PROJECT_DIR", str(tmp_path))
    take_away(project, "participant_id=P01")
    erased = erase("P01")
    assert erased is not None
    told = render_forgotten(Settings.from_env(os.environ), erased)
    assert f"{seed} has a row for them: delete it" in told


# --- What stands in the way ----------------------------------------------------------------------


def test_files_that_would_bring_them_back_are_named(project: Pipeline) -> None:
    before = counts(project)
    said = refused("P000")
    assert f"1 file below {project.data} would bring participant P000 back" in said
    assert said.endswith(": participant_id=P000/hr.csv")
    assert SHARED in refused("9000000002")
    assert counts(project) == before


SINGLE = "_heartrate_1min_20160412_20160412.csv"


@pytest.mark.parametrize(
    ("name", "header", "rows"),
    [
        ("new/participant_id=P000/hr.csv", "timestamp,value", ["2025-01-01 00:00:00,61"]),
        ("new.csv", "Id,Time,Value", ["P000,4/12/2016 7:00:00 AM,60"]),
        (f"P000{SINGLE}", "Time,Value", ["4/12/2016 7:00:00 AM,60"]),
        (f"P000{SINGLE}", "Time,Steps", ["4/12/2016 7:00:00 AM,60"]),
        ("participant_id=P000/cut.json", CUT_JSON, ["{"]),
        ("participant_id=P000/notes.txt", "nothing", ["here"]),
    ],
)
def test_so_are_files_that_no_run_has_seen(
    project: Pipeline, name: str, header: str, rows: list[str]
) -> None:
    """By the rule, by their rows, or because a run would keep their path."""
    with (
        without(project.data / "participant_id=P000" / "hr.csv"),
        with_file(project, name, rows, header),
    ):
        assert refused("P000").endswith(f": {name}")


def test_a_file_is_the_defaults_where_nothing_else_says_it(
    project: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_PARTICIPANT", "P000")
    with (
        without(project.data / "participant_id=P000" / "hr.csv"),
        with_file(project, "top.csv", ["2025-01-01 00:00:00,61"], "timestamp,value"),
    ):
        assert refused("P000").endswith(": top.csv")


def test_an_unreadable_folder_is_not_an_empty_one(
    project: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(project.data / "nowhere"))
    done = project.loader("forget", "P000", "--yes", DATA_DIR=str(project.data / "nowhere"))
    assert done.returncode == ExitCode.NO_INPUT
    assert "nowhere can't be read" in done.stderr


def test_an_unknown_participant_is_one_line(project: Pipeline) -> None:
    done = project.loader("forget", "P0", "--yes")
    assert done.returncode == ExitCode.NO_INPUT
    (line,) = [line for line in done.stderr.splitlines() if "error" in line]
    assert "the database holds nothing of participant P0 — name one of these: " in line
    with pytest.raises(UnknownParticipantError):
        erase("p000")


def test_without_a_terminal_it_has_to_be_said(project: Pipeline) -> None:
    done = project.loader("forget", "P000")
    assert done.returncode == ExitCode.USAGE
    assert "ARGS=--yes" in done.stderr
    nobody = subprocess.run(
        ["make", "--old-file=.venv/.ready", "forget", "ARGS=--yes"],
        cwd=PROJECT,
        env={**os.environ, **project.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "name a participant" in nobody.stderr


def test_on_a_terminal_it_asks_and_takes_no_for_an_answer(project: Pipeline) -> None:
    before = counts(project)
    terminal, theirs = pty.openpty()
    with without(project.data / "participant_id=P000"):
        process = subprocess.Popen(
            [sys.executable, "-m", "loader", "forget", "P000"],
            cwd=PROJECT,
            env={**os.environ, **project.environment},
            stdin=theirs,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.write(terminal, b"n\n")
        said, _ = process.communicate(timeout=60)
    os.close(theirs)
    os.close(terminal)
    assert process.returncode == 0
    assert "participant P000 in the database" in said
    assert "Erase all of this?" in said
    assert "nothing was erased" in said
    assert counts(project) == before


def test_a_run_that_is_going_on_is_not_disturbed(project: Pipeline) -> None:
    with (
        without(project.data / "participant_id=P000"),
        closing(psycopg2.connect(project.dsn)) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("select pg_advisory_lock(%s, %s)", LOCK_KEY)
        before = counts(project)
        with pytest.raises(LockedError):
            erase("P000")
        assert counts(project) == before


def test_what_comes_while_it_asks_is_seen(project: Pipeline) -> None:
    """Nobody holds the lock while a person thinks."""

    def agree(found: Holdings) -> bool:
        project.write(seconds("2024-01-02 00:00:00", FEW), name="participant_id=P000/late.csv")
        return True

    with without(project.data / "participant_id=P000" / "hr.csv"):
        with pytest.raises(FilesPresentError, match=r"late\.csv"):
            erase("P000", agree)
        (project.data / "participant_id=P000" / "late.csv").unlink()


# --- A crash -------------------------------------------------------------------------------------


def test_kill_9_in_the_middle_leaves_everything(project: Pipeline) -> None:
    """It is held where it writes its last row, when all else is deleted already."""
    before, waiting = counts(project), "application_name like 'fitbit-loader forget%%'"
    sessions = f"select 1 from pg_stat_activity where {waiting}"
    take_away(project, "participant_id=P003")
    with closing(psycopg2.connect(project.dsn)) as other, other.cursor() as cursor:
        cursor.execute("lock table ingest.forgotten in exclusive mode")
        process = subprocess.Popen(
            [sys.executable, "-m", "loader", "forget", "P003", "--yes"],
            cwd=PROJECT,
            env={**os.environ, **project.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(
            lambda: project.query(f"{sessions} and wait_event_type = 'Lock'", [None]),
            "the last statement to wait",
        )
        process.send_signal(signal.SIGKILL)
        process.wait()
    until(lambda: not project.query(sessions, [None]), "the killed session to end")
    assert counts(project) == before

    erased = erase("P003")
    assert erased is not None
    assert erased.readings == 40
    assert counts(project) == [row for row in before if row[1] != "P003"]
