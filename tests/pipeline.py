"""The project under test: its folders, its database, and the runs made on them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from loader.commands.ingest import ingest
from loader.commands.run_result import RunResult
from loader.configuration.settings import PROJECT, Settings
from loader.configuration.variables import ENV_FILE
from loader.console import Step
from loader.run import Request
from scripts.benchmark.project import without_marts
from scripts.embedded.connection import dsn
from tests import preloaded
from tests.own_process import as_in_own_process
from tests.preloaded import AT_THE_START

Reading = tuple[str, datetime, float]
"""(participant, instant in UTC, bpm)."""

HEART_RATE = """
create table heart_rate (
    participant_id text not null,
    timestamp timestamptz not null,
    value double precision not null,
    confidence smallint,
    primary key (participant_id, timestamp)
)
"""
"""The table that dbt makes, without dbt: for statements that ask what it holds."""


@dataclass
class QuietReporter:
    """Keeps what a run reports: the names of its steps, the texts of its notes."""

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, name: Step, text: str) -> None:
        self.steps.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, what: str, done: int, total: int, short: int = 0) -> None:
        """Not kept."""


class Pipeline:
    """Folders under ``root`` and a database, used as a person would use them."""

    def __init__(self, root: Path, database: Mapping[str, str], dbt_target: Path) -> None:
        self.data = root / "data"
        self.state_file = root / "state" / "last_OK_run.json"
        self.log = root / "logs"
        self.scratch = root / "scratch"
        for folder in (self.data, self.scratch):
            folder.mkdir()
        self.environment = {
            **database,
            "DATA_DIR": str(self.data),
            "STATE_DIR": str(self.state_file.parent),
            "LOG_DIR": str(self.log),
            "SCRATCH_DIR": str(self.scratch),
            "DBT_TARGET_PATH": str(dbt_target / database.get("PGDATABASE", "none")),
            # The readings of the tests are from the past.
            "STALE_AFTER": "never",
            # dbt's JSON files take a quarter of a night's processor time; few tests read them.
            "DBT_WRITE_JSON": "false",
            ENV_FILE: os.devnull,
        }
        self.reporter = QuietReporter()
        self.preloads = True
        """Commands are forks of a process that has imported dbt, not new interpreters."""

    @property
    def hr_csv(self) -> Path:
        """``data/hr.csv``."""
        return self.data / "hr.csv"

    def ingest(
        self, request: Request | None = None, reporter: QuietReporter | None = None
    ) -> RunResult:
        """One run in this process."""
        settings, wanted = Settings.from_env(os.environ), request or Request()
        told = self.reporter = reporter or QuietReporter()
        return as_in_own_process(lambda: ingest(settings, wanted, told))

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Set the variables by which this process finds the project's folders and database."""
        for name, value in self.environment.items():
            patch.setenv(name, value)

    def write_artefacts(self) -> None:
        """Make dbt write manifest.json and run_results.json, as it does outside the tests."""
        del self.environment["DBT_WRITE_JSON"]

    def loader(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One ``loader`` command in a process of its own."""
        return self._run(["loader", *arguments], environment)

    def dbt(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One ``dbt`` command typed in ``dbt_project/``; it writes its JSON files."""
        profiles = {
            "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
            "DBT_WRITE_JSON": "true",
            **environment,
        }
        dbt = Path(sys.executable).with_name("dbt")
        return self._run([str(dbt), *arguments], profiles, PROJECT / "dbt_project")

    def query(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """The rows of a query on the database, instants in UTC."""
        session = psycopg2.connect(self.dsn, options="-c timezone=UTC")
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    @property
    def dsn(self) -> str:
        """The connection of the loader's role."""
        return dsn(self.environment)

    def table(self) -> set[Reading]:
        """What ``heart_rate`` holds."""
        rows = self.query("select participant_id, timestamp, value from heart_rate")
        readings = {(who, instant.astimezone(UTC), value) for who, instant, value in rows}
        assert len(readings) == len(rows)
        return readings

    def row_versions(self) -> set[tuple[Any, ...]]:
        """Which physical row stands for each reading: a rewritten row has another."""
        return set(
            self.query(
                "select tableoid, ctid::text, xmin::text, participant_id, timestamp from heart_rate"
            )
        )

    def write(
        self, rows: Iterable[str], header: str = "timestamp,value", name: str = "hr.csv"
    ) -> Path:
        """Write a file of whole lines below ``data/``."""
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in [header, *rows]), encoding="utf-8")
        return path

    def append(self, rows: Iterable[str], name: str = "hr.csv") -> None:
        """Append whole lines to a file below ``data/``."""
        with (self.data / name).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in rows)

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path = PROJECT
    ) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, **self.environment, **environment}
        if self.preloads and not any(name.startswith(AT_THE_START) for name in environment):
            return preloaded.run(command, cwd, variables)
        module = [] if Path(command[0]).is_absolute() else ["-m"]
        return subprocess.run(
            [sys.executable, *module, *command],
            cwd=cwd,
            env=variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


class AtStep(QuietReporter):
    """Runs a statement when a step begins, or dies there."""

    def __init__(self, pipeline: Pipeline, at: Step, statement: str | None = None) -> None:
        super().__init__()
        self._pipeline, self._at, self._statement = pipeline, at, statement

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        if name is self._at:
            if self._statement is None:
                raise KeyboardInterrupt
            self._pipeline.query(self._statement)


def readings(rows: Iterable[str], participant: str = "me") -> set[Reading]:
    """What lines of ``timestamp,value`` mean."""
    parsed = set()
    for row in rows:
        instant, value = row.split(",")
        parsed.add((participant, datetime.fromisoformat(instant).replace(tzinfo=UTC), float(value)))
    return parsed


def seconds(start: str, values: Iterable[float], step: int = 1) -> list[str]:
    """Lines of ``timestamp,value``, one every ``step`` seconds from ``start``."""
    first = datetime.fromisoformat(start).timestamp()
    return [
        f"{datetime.fromtimestamp(first + step * number):%Y-%m-%d %H:%M:%S},{value}"
        for number, value in enumerate(values)
    ]


def project_without_marts(folder: Path) -> dict[str, str]:
    """The variables that lead to a copy of dbt_project/ without the marts, which builds faster."""
    copy = without_marts(folder)
    return {"DBT_PROJECT_DIR": str(copy), "DBT_TARGET_PATH": str(folder / "target")}


def changed_project(tmp_path: Path, file: str, old: str, new: str) -> dict[str, str]:
    """The variables that lead to a copy of dbt_project/ in which one file differs."""
    copy = tmp_path / "changed_project"
    ignore = shutil.ignore_patterns("target", "logs")
    shutil.copytree(PROJECT / "dbt_project", copy, ignore=ignore)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    return {"DBT_PROJECT_DIR": str(copy), "DBT_TARGET_PATH": str(tmp_path / "changed_target")}
