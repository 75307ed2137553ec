"""Every entry point reads the same settings file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from loader.errors import ExitCode

COMMANDS = {
    "loader": [sys.executable, "-m", "loader", "status"],
    "make's wrapper": [sys.executable, "-m", "scripts.embedded", "run", "--", "true"],
    "psql": [sys.executable, "-m", "scripts.embedded", "psql"],
    "report": [sys.executable, "-m", "scripts.report"],
    "docs": [sys.executable, "-m", "scripts.serve_docs"],
    "superuser": ["scripts/superuser.sh"],
    "backup": ["scripts/backup.sh"],
    "restore": ["scripts/restore.sh"],
    "cron-install": ["scripts/cron_install.sh"],
}


def run(command: list[str], settings: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "FITBIT_ENV_FILE": str(settings), "PRINT": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "settings"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_fault_in_the_file_stops_it_and_is_named(command: list[str], settings: Path) -> None:
    settings.write_text("FITBIT_TIMEZON=UTC\n")
    done = run(command, settings)
    assert done.returncode == ExitCode.SETTINGS, done.stderr
    (line,) = done.stderr.splitlines()
    assert f"{settings}: FITBIT_TIMEZON is not a setting (did you mean FITBIT_TIMEZONE?)" in line


def test_activate_says_it_too(settings: Path) -> None:
    settings.write_text("FITBIT_TIMEZON=UTC\n")
    done = run(["bash", "-c", ". scripts/activate.sh"], settings)
    assert done.returncode != 0
    assert f"{settings}: FITBIT_TIMEZON is not a setting" in done.stderr


def test_each_goes_to_the_server_of_the_file(settings: Path) -> None:
    settings.write_text("PGHOST=127.0.0.1\nPGPORT=1\nFITBIT_TIMEZONE=Asia/Tokyo\n")
    for name in ("loader", "report"):
        assert "no database answers at 127.0.0.1:1" in run(COMMANDS[name], settings).stderr
    assert "port 1 failed" in run(COMMANDS["psql"], settings).stderr
    assert run(COMMANDS["superuser"], settings).stdout == "127.0.0.1\n"
    show = 'echo "$PGHOST $PGPORT $FITBIT_TIMEZONE"'
    wrapped = [*COMMANDS["make's wrapper"][:-1], "sh", "-c", show]
    assert run(wrapped, settings).stdout == "127.0.0.1 1 Asia/Tokyo\n"
    activated = run(["bash", "-c", f". scripts/activate.sh && {show}"], settings)
    assert activated.stdout == "127.0.0.1 1 Asia/Tokyo\n"
