"""``make cron-install``: the lines, that they read what this shell reads, and what they do."""

import os
import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from loader.configuration.env_file import read_env_file
from loader.configuration.settings import Settings
from loader.errors import ExitCode
from scripts.cron_install import COMPARED, FIELDS
from tests.integration.checkout import scratch_checkout
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])

CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then
    cat "$HOME/crontab" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; }
else
    cat >"$HOME/crontab"
fi
"""


class Shell:
    """A person's shell in a checkout, with a crontab of its own."""

    def __init__(self, folder: Path) -> None:
        self.checkout = scratch_checkout(folder)
        self.env_file = self.checkout / ".env"
        self.home = folder.parent / "home"
        self.home.mkdir()
        self.crontab = self.home / "crontab"
        programs = folder.parent / "bin"
        programs.mkdir()
        (programs / "crontab").write_text(CRONTAB)
        (programs / "crontab").chmod(0o755)
        self.environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(self.home)}

    def cron_install(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The script that `make cron-install` runs."""
        return subprocess.run(
            [self.checkout / "scripts" / "cron_install.sh", *arguments],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def printed(self, **environment: str) -> list[str]:
        done = self.cron_install(PRINT="1", **environment)
        assert done.returncode == 0, done.stderr
        assert not self.crontab.exists()
        return done.stdout.splitlines()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "50% of it's mine")


def run_as_cron(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a crontab as cron does: in an environment with next to nothing in it."""
    command = line.split(maxsplit=5)[5]
    # What follows the first bare percent sign is the command's standard input.
    command, *standard_input = re.split(r"(?<!\\)%", command)
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")],
        input="\n".join(standard_input),
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "SHELL": "/bin/sh", "LOGNAME": "me"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_two_lines(shell: Shell) -> None:
    nightly, weekly = shell.printed()
    assert re.match(r"\d+ \d+ \* \* \* '", nightly)
    assert re.match(r"\d+ \d+ \* \* \d '", weekly)
    script = str(shell.checkout / "scripts/cron_run.sh").replace("%", "\\%")
    for line, target in ((nightly, "ingest"), (weekly, "reconcile")):
        words = shlex.split(line.split(maxsplit=5)[5], comments=True)
        assert words == [script, target, "logs"]


def test_make_passes_arguments_on(shell: Shell) -> None:
    done = subprocess.run(
        ["make", "--old-file=.venv/.ready", "cron-install", "PRINT=1", "ARGS=--no-such-option"],
        cwd=shell.checkout,
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "--no-such-option" in done.stderr


# --- Settings that cron would not have -----------------------------------------------------------


def refused(shell: Shell, **environment: str) -> str:
    for how in ({}, {"PRINT": "1"}):
        done = shell.cron_install(**how, **environment)
        assert done.returncode == ExitCode.SETTINGS
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert not shell.crontab.exists()
        assert shell.env_file.read_text() == ""
    return done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_DIR", "/mine"),
        ("STATE_DIR", "/mine"),
        ("LOG_DIR", "/mine"),
        ("SCRATCH_DIR", "/mine"),
        ("FITBIT_PARTICIPANT", "P1"),
        ("FITBIT_PARTICIPANT_FROM", "folder"),
        ("FITBIT_TIMEZONE", "Europe/Berlin"),
        ("LOADER_MEMORY", "1GB"),
        ("STALE_AFTER", "36 hours"),
        ("PGHOST", "db.example.org"),
        ("PGDATABASE", "x"),
        ("PGPASSFILE", "/mine"),
        ("EMBEDDED_DB_DIR", "/mine"),
        ("EMBEDDED_DB_CACHE", "/mine"),
        ("DBT_PROJECT_DIR", "/mine"),
    ],
)
def test_a_setting_that_cron_lacks_is_refused(shell: Shell, name: str, value: str) -> None:
    told = refused(shell, **{name: value})
    assert f"{name} is {value} here and " in told
    assert " under cron — write them into " in told
    assert "make cron-install ARGS=--write-env" in told


def test_all_are_named_at_once_and_no_password_is_shown(shell: Shell) -> None:
    told = refused(
        shell,
        DATA_DIR="~/x",
        FITBIT_TIMEZONE="Europe/Berlin",
        PGPASSWORD="s3cret",
        NOTIFY_URL="https://hc-ping.com/s3cret",
        NOTIFY_COMMAND="curl -H 'Authorization: s3cret' https://ntfy.example.org",
        STALE_AFTER="never",
    )
    assert f"DATA_DIR is {shell.home}/x here and " in told
    assert "/data under cron" in told
    assert "FITBIT_TIMEZONE is Europe/Berlin here and not set under cron" in told
    for name in ("PGPASSWORD", "NOTIFY_URL", "NOTIFY_COMMAND"):
        assert f"{name} is set here and not set under cron" in told
    assert "STALE_AFTER is never here and 7 days under cron" in told
    assert "s3cret" not in told


def test_what_means_the_same_is_no_difference(shell: Shell) -> None:
    defaults = {
        "FITBIT_PARTICIPANT": "me",
        "LOADER_MEMORY": "128MB",
        "FITBIT_TIMEZONE": "",
        "STALE_AFTER": "1 week",
    }
    assert shell.printed(**defaults) == shell.printed()
    shell.env_file.write_text("DATA_DIR=mine/\nPGHOST=h\nPGPASSWORD=p\n")
    same = {"DATA_DIR": f"{shell.checkout}/mine", "PGHOST": "h", "PGPASSWORD": "p"}
    assert shell.printed(**same) == shell.printed()


def test_what_the_file_has_and_this_shell_reads_differently(shell: Shell) -> None:
    shell.env_file.write_text("PGHOST=one\nPGPASSWORD=s3cret\nFITBIT_TIMEZONE=Asia/Tokyo\n")
    done = shell.cron_install(PGHOST="two", FITBIT_TIMEZONE="Europe/Berlin")
    assert done.returncode == ExitCode.SETTINGS
    assert "FITBIT_TIMEZONE is Europe/Berlin here and Asia/Tokyo under cron" in done.stderr
    assert "PGHOST is two here and one under cron" in done.stderr
    assert "PGPASSWORD is not set here and another under cron — remove PGPASSWORD" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("text", ["FITBIT_TIMEZON=x\n", "LOADER_MEMORY=plenty\n", "oh: no\n"])
def test_a_file_that_is_wrong_installs_nothing(shell: Shell, text: str) -> None:
    shell.env_file.write_text(text)
    done = shell.cron_install("--write-env", DATA_DIR="/mine")
    assert done.returncode == ExitCode.SETTINGS
    assert not shell.crontab.exists()
    assert shell.env_file.read_text() == text


def test_written_settings_are_what_this_shell_reads(shell: Shell) -> None:
    shell.env_file.write_text("# mine\nPUID=7\nFITBIT_TIMEZONE=Asia/Tokyo\n")
    settings = {
        "DATA_DIR": "~/it's 50% here",
        "FITBIT_TIMEZONE": "Europe/Berlin",
        "PGHOST": "h",
        "PGPASSWORD": "pa$$ #1",
    }
    done = shell.cron_install("--write-env", **settings)
    assert done.returncode == 0, done.stderr
    assert "pa$$" not in done.stdout + done.stderr
    assert shell.env_file.read_text().startswith("# mine\nPUID=7\nFITBIT_TIMEZONE=Europe/Berlin\n")
    assert stat.S_IMODE(shell.env_file.stat().st_mode) == 0o600
    written = read_env_file(shell.env_file, {})
    assert written == {**settings, "DATA_DIR": f"{shell.home}/it's 50% here"}
    assert len(shell.crontab.read_text().splitlines()) == 2


@pytest.mark.parametrize(("answer", "code"), [("n", ExitCode.SETTINGS), ("y", ExitCode.OK)])
def test_on_a_terminal_it_asks(shell: Shell, answer: str, code: ExitCode) -> None:
    person, terminal = os.openpty()
    os.write(person, f"{answer}\n".encode())
    try:
        done = subprocess.run(
            [shell.checkout / "scripts" / "cron_install.sh"],
            env={**shell.environment, "LOADER_MEMORY": "1GB"},
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=terminal,
            timeout=60,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(person)
    assert done.returncode == code
    assert shell.crontab.exists() == (code == ExitCode.OK)
    assert shell.env_file.read_text() == ("LOADER_MEMORY=1GB\n" if answer == "y" else "")


def test_every_setting_is_compared() -> None:
    assert set(FIELDS) <= set(COMPARED)
    assert set(FIELDS.values()) == set(Settings.__dataclass_fields__)


# --- The crontab ---------------------------------------------------------------------------------


def test_other_lines_stay_and_ours_are_replaced(shell: Shell) -> None:
    others = [
        "MAILTO=me",
        "1 2 * * * other # fitbit-heart-rate /elsewhere",
        f"1 2 * * * another checkout # fitbit-heart-rate {shell.checkout}2",
        f"1 2 * * * another checkout # fitbit-heart-rate /copy{shell.checkout}",
    ]
    old = f"1 2 * * * as it was once # fitbit-heart-rate {shell.checkout}"
    shell.crontab.write_text("\n".join([*others, old, ""]))
    for _ in range(2):
        done = shell.cron_install(CRON_INGEST="5 5 * * *")
        assert done.returncode == 0, done.stderr
    lines = shell.crontab.read_text().splitlines()
    assert lines[:4] == others
    assert [line[:9] for line in lines[4:]] == ["5 5 * * *", "47 4 * * "]


def test_a_crontab_that_cannot_be_read_is_not_replaced(shell: Shell) -> None:
    program = Path(shell.environment["PATH"].split(":")[0]) / "crontab"
    program.write_text('#!/bin/sh\n[ "$1" = -l ] && echo "not allowed" >&2 && exit 1\n>"$HOME/x"\n')
    done = shell.cron_install()
    assert done.returncode == ExitCode.CANT_WRITE
    assert "the crontab can't be read: not allowed" in done.stderr
    assert not (shell.home / "x").exists()


# --- End to end ----------------------------------------------------------------------------------


def test_the_installed_line_loads_what_this_shell_would(
    shell: Shell, pipeline: Pipeline, tmp_path: Path
) -> None:
    """The settings come from `.env` alone: cron's environment has none of them."""
    pipeline.write(ROWS)
    settings = {
        name: value for name, value in pipeline.environment.items() if name != "FITBIT_ENV_FILE"
    }
    settings |= {"FITBIT_PARTICIPANT": "P 7", "LOG_DIR": str(tmp_path / "it's 100% log")}
    done = shell.cron_install("--write-env", **settings)
    assert done.returncode == 0, done.stderr
    nightly, _ = shell.crontab.read_text().splitlines()

    done = run_as_cron(nightly, shell.home)

    log = Path(settings["LOG_DIR"]) / "ingest.log"
    assert (done.stdout, done.stderr) == ("", "")
    assert done.returncode == 0, log.read_text()
    assert f"data       {pipeline.data}\n" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert pipeline.table() == readings(ROWS, "P 7")
    assert pipeline.state_file.exists()
    assert not (shell.checkout / "logs").exists()


@pytest.fixture
def night(shell: Shell, pipeline: Pipeline, tmp_path: Path) -> tuple[str, Path]:
    """The installed nightly line, and its log."""
    log = tmp_path / "it's 100% log"
    settings = {
        name: value for name, value in pipeline.environment.items() if name != "FITBIT_ENV_FILE"
    }
    done = shell.cron_install("--write-env", **(settings | {"LOG_DIR": str(log)}))
    assert done.returncode == 0, done.stderr
    nightly, _ = shell.crontab.read_text().splitlines()
    return nightly, log / "ingest.log"


def test_a_night_that_fails_prints_its_part_of_the_log_which_cron_mails(
    shell: Shell, pipeline: Pipeline, night: tuple[str, Path]
) -> None:
    line, log = night
    log.parent.mkdir()
    log.write_text("an earlier night\n")

    done = run_as_cron(line, shell.home)  # there is no file to read

    assert done.returncode == 2
    heading, *printed = done.stdout.splitlines()
    assert heading.startswith("make ingest failed with exit code 2")
    assert str(log) in heading
    assert [text for text in printed if "error: " in text and str(pipeline.data) in text]
    assert printed[-1].endswith(f"ingest] Error {ExitCode.NO_INPUT.value}")
    assert done.stderr == ""
    assert log.read_text().splitlines() == ["an earlier night", *printed]


def test_a_log_that_cannot_be_written_is_said_and_the_night_goes_on(
    shell: Shell, pipeline: Pipeline, night: tuple[str, Path]
) -> None:
    line, log = night
    pipeline.write(ROWS)
    log.mkdir(parents=True)

    done = run_as_cron(line, shell.home)

    assert done.returncode == 0
    assert f"error: {log} can't be written" in done.stdout
    assert "run 1: heart_rate has 200 new" in done.stdout
    assert pipeline.table() == readings(ROWS)
