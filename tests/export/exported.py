"""Exports in tests: what they are made of, and how they are made."""

from datetime import UTC, datetime
from pathlib import Path

from loader.errors import ExitCode
from tests.pipeline import Pipeline

BEFORE = datetime(2024, 10, 26, 20, tzinfo=UTC)
"""In Berlin, the clocks go back at 2024-10-27 01:00 UTC."""

ODD_FOLDER = 'O\'Brien, "x" \\ Лена'
ODD = ODD_FOLDER.replace("\\", "\\\\")
"""A participant has the name of the folder, with its backslash escaped."""

NO_SIGNAL = "P003"
PARTICIPANTS = [ODD, "P001", "P002", NO_SIGNAL]


def export(project: Pipeline, folder: Path, *arguments: str) -> None:
    done = project.loader("export", "--output", str(folder), *arguments)
    assert done.returncode == 0, done.stderr
    assert not partial(folder).exists()


def refused(
    project: Pipeline, folder: Path, code: ExitCode, *arguments: str, **environment: str
) -> str:
    """The error of an export that left nothing."""
    before = sorted(folder.parent.rglob("*"))
    done = project.loader("export", "--output", str(folder), *arguments, **environment)
    assert done.returncode == code, done.stderr
    assert sorted(folder.parent.rglob("*")) == before
    (line,) = [line for line in done.stderr.splitlines() if "rror: " in line]
    return line


def partial(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.partial")
