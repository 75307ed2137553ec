"""The commands people type: help, what the README says of them, status, reset."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from loader.cli import main
from loader.configuration.settings import PROJECT, Settings
from loader.configuration.variables import OWN_VARIABLES, RESERVED_VARIABLES
from loader.errors import ExitCode
from tests.pipeline import Pipeline, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])
README = (PROJECT / "README.md").read_text(encoding="utf-8")
MAKE_DEFAULT = "help"


def table_under(heading: str) -> list[list[str]]:
    """The cells of the README's first table behind a heading, without its head."""
    _, _, rest = README.partition(f"\n## {heading}\n")
    assert rest, heading
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert table
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()]
    return rows[2:]


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One make command in the checkout that leaves the environment alone."""
    return subprocess.run(
        ["make", "--old-file=.venv/.ready", "--old-file=.venv/.ready-dev", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- Help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("command", [None, *main.commands])
def test_every_command_and_option_has_help(command: str | None, option: str) -> None:
    shown = CliRunner().invoke(main, [option] if command is None else [command, option])
    assert shown.exit_code == 0
    asked: click.Command = main if command is None else main.commands[command]
    assert asked.help
    for parameter in asked.params:
        if isinstance(parameter, click.Argument):
            assert parameter.make_metavar(click.Context(asked)) in asked.help
            continue
        assert isinstance(parameter, click.Option)
        assert parameter.help
        assert parameter.opts[0] in shown.output
    if command is None:
        assert all(name in shown.output for name in main.commands)
        words = " ".join(shown.output.split())
        assert all(f"{code.value} {code.name}" in words for code in ExitCode)


@pytest.mark.parametrize(
    "arguments",
    [
        ["sing"],
        ["ingest", "--fast"],
        ["ingest", "--reconcile", "--full-refresh"],
        ["ingest", "--allow-shrink"],
        ["ingest", "--max-rejected", "-1"],
        ["ingest", "--max-rejected", "few"],
        ["status", "now"],
    ],
)
def test_what_is_not_understood_ends_with_the_usage(arguments: list[str]) -> None:
    shown = CliRunner().invoke(main, arguments)
    assert shown.exit_code == ExitCode.USAGE
    assert "Usage:" in shown.output


def test_help_needs_neither_database_nor_settings(pipeline: Pipeline) -> None:
    done = pipeline.loader("ingest", "--help", PGHOST="", FITBIT_TYPO="x")
    assert done.returncode == 0


# --- The README's tables -------------------------------------------------------------------------


def test_readme_lists_the_exit_codes() -> None:
    documented = {int(code) for code, _ in table_under("When something goes wrong")}
    assert documented == {code.value for code in ExitCode}


def test_readme_lists_the_variables_with_their_defaults() -> None:
    documented: dict[str, str] = {}
    for names, default, meaning in table_under("Configuration"):
        assert meaning
        documented |= dict.fromkeys(re.findall(r"`(\w+)`", names), default.strip("`"))
    others = {name for name in documented if name.startswith(("PG", "EMBEDDED_DB_"))}
    ours = documented.keys() - others - set(RESERVED_VARIABLES)
    assert ours == set(OWN_VARIABLES), "the table in README.md, Configuration"
    assert others >= {"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"}
    unset = Settings.from_env({})
    explicit = Settings.from_env(
        {
            name: str(PROJECT / value) if value and name.endswith("_DIR") else value
            for name, value in documented.items()
            if name in ours
        }
    )
    assert explicit == unset


def make_targets() -> set[str]:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make(MAKE_DEFAULT).stdout, re.MULTILINE)
    assert len(listed) == len(set(listed))
    return set(listed)


def targets_named_in(text: str) -> set[str]:
    """Each X of a `make X` that is meant as code, not as the verb."""
    code = re.findall(r"`[^`\n]+`|^(?:\$ )?make .*$|^\s*make .*$", text, re.MULTILINE)
    return {name for part in code for name in re.findall(r"\bmake (?:-C \S+ )?([a-z-]+)", part)}


def test_makes_help_lists_every_target() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert make_targets() == set(phony.replace("\\", " ").split())


def test_targets_in_the_readme_exist() -> None:
    assert targets_named_in(README) <= make_targets()


def test_every_target_is_in_the_readme() -> None:
    assert make_targets() - targets_named_in(README) == {MAKE_DEFAULT}


def test_targets_that_messages_tell_people_to_make_exist() -> None:
    told = set()
    for folder in ("loader", "dbt_project", "scripts"):
        for file in (PROJECT / folder).rglob("*"):
            if file.suffix in (".py", ".sql", ".sh", ".yml") and "target" not in file.parts:
                told |= set(
                    re.findall(
                        r"(?:[:`(]|, | or |use )make ([a-z]+(?:-[a-z]+)*)",
                        file.read_text(encoding="utf-8"),
                    )
                )
    assert "ingest" in told
    assert told - {"sure"} <= make_targets()


def test_make_alone_prints_help() -> None:
    alone, asked = make(), make(MAKE_DEFAULT)
    assert alone.returncode == 0
    assert alone.stdout == asked.stdout
    assert "make ingest" in alone.stdout
    assert alone.stderr == ""


# --- make from another folder --------------------------------------------------------------------


def make_from(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--old-file=.venv/.ready", "-f", str(PROJECT / "Makefile"), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_by_the_makefiles_path_is_make_in_the_project(tmp_path: Path) -> None:
    assert make_from(tmp_path, MAKE_DEFAULT).stdout == make(MAKE_DEFAULT).stdout
    assert make_from(tmp_path).stdout == make().stdout
    planned = make_from(tmp_path, "--dry-run", "ingest", "ARGS=--reconcile").stdout
    assert "-m scripts.embedded run -- .venv/bin/loader ingest --reconcile\n" in planned
    assert f"-C '{PROJECT}'" in planned
    planned = make_from(tmp_path, "--dry-run", "ingest", DATA_DIR="my data", LOG_DIR="~/x").stdout
    assert f" DATA_DIR='{tmp_path}/my data' " in planned
    assert " LOG_DIR='~/x' " in planned
    assert "No rule to make target" in make_from(tmp_path, "no-such-target").stderr


def test_a_file_is_named_from_where_make_was_started(tmp_path: Path) -> None:
    (tmp_path / "it's mine.csv").write_text("\n".join(["timestamp,value", *ROWS, ""]))
    for name in ("it's mine.csv", str(tmp_path / "it's mine.csv")):
        done = make_from(tmp_path, "inspect", f"FILE={name}")
        assert done.returncode == 0, done.stderr
        assert "200" in done.stdout


# --- status and reset ----------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["loader.commands.status", "loader.commands.ingest"])
def test_status_and_a_run_with_nothing_new_are_quick_as_they_import_nothing_heavy(
    module: str,
) -> None:
    heavy = "{'duckdb', 'pyarrow', 'numpy', 'dbt', 'matplotlib'}"
    code = f"import sys, loader.cli, {module}; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def status(pipeline: Pipeline, *errors: str) -> dict[str, str]:
    """What status tells, without the errors that it ends with."""
    done = pipeline.loader("status")
    assert done.returncode == (ExitCode.CHECK_FAILED if errors else ExitCode.OK)
    told = [line.partition("error: ")[2] for line in done.stderr.splitlines()]
    assert len(told) == len(errors), told
    assert all(line.startswith(error) for line, error in zip(told, errors, strict=True)), told
    shown = {}
    for line in done.stdout.splitlines():
        name, *rest = re.split(r"  +", line, maxsplit=1)
        shown[name] = "".join(rest)
    return shown


def test_status_before_and_after_a_run(pipeline: Pipeline) -> None:
    before = status(pipeline)
    assert before["last OK run"] == "never: make ingest"
    assert before["last run"] == "none"
    assert before["readings"] == "0 from 0 files, of 0 participants"
    assert before["range"].startswith("none: ")
    assert before["last month"] == "nothing yet"
    assert before["storage"] == "none yet"
    assert before["rejected"] == "none"
    assert before["state file"].startswith("none at ")

    pipeline.write([*ROWS, "bad"])
    pipeline.ingest()
    pipeline.query("analyze heart_rate")

    after = status(pipeline)
    assert "0 minutes ago" in after["last OK run"]
    assert after["last run"] == "ok"
    assert after["readings"] == "200 from 1 file, of 1 participant"
    assert after["range"] == "2024-01-01 00:00:00 UTC to 2024-01-01 00:03:19 UTC"
    assert after["last month"].startswith("no readings: export")
    ((size,),) = pipeline.query("select hypertable_size('heart_rate')")
    assert after["storage"] == (
        f"{size / 1e3:.1f} kB, about {size / 200:.1f} bytes a reading; "
        "not compressed: this server's TimescaleDB has the licence apache"
    )
    assert after["rejected"].startswith("1 row: make psql")
    assert after["state file"].startswith("2024-01-01 00:03:19 UTC")
    assert after["participant"].endswith("else me (FITBIT_PARTICIPANT)")
    assert after["local times"].endswith("else no zone is set")


def test_status_tells_the_error_of_a_failed_run(pipeline: Pipeline) -> None:
    failed = pipeline.loader("ingest", DATA_DIR="/nowhere")
    assert failed.returncode == ExitCode.NO_INPUT
    error = "the last run failed: /nowhere can't be read: "
    shown = status(pipeline, error)
    assert shown["last run"].startswith("failed: /nowhere can't be read")
    assert shown["last OK run"] == "never"
    assert shown["state file"].endswith("the first run that ends well writes it")


def test_reset_deletes_the_state_alone_and_the_next_run_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    state, rows = pipeline.state_file.read_bytes(), pipeline.row_versions()

    for _ in range(2):
        done = pipeline.loader("reset")
        assert (done.returncode, done.stderr) == (0, "")
        assert "last_OK_run.json" in done.stdout
        assert not pipeline.state_file.exists()
    assert status(pipeline)["state file"].endswith("the next ingest starts over")
    assert pipeline.row_versions() == rows

    assert pipeline.ingest().counts.unchanged == len(ROWS)
    assert pipeline.state_file.read_bytes() == state
    assert pipeline.row_versions() == rows


def test_reset_needs_no_database(pipeline: Pipeline) -> None:
    assert pipeline.loader("reset", PGHOST="").returncode == 0


def test_the_data_goes_to_stdout_and_the_rest_to_stderr(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    done = pipeline.loader("ingest")
    assert done.returncode == 0
    assert done.stdout.startswith("run 1: heart_rate has 200 new")
    lines = done.stderr.splitlines()
    assert lines
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  \w", line) for line in lines)
