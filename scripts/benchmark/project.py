"""The loader with its own data and state folders."""

import os
import re
import shutil
import sys
from pathlib import Path

from loader.configuration.settings import PROJECT
from loader.configuration.variables import ENV_FILE
from scripts.benchmark.files import make_file
from scripts.benchmark.process import BenchmarkError, Finished, run
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes

DBT_PROJECT = PROJECT / "dbt_project"
MARTS = ("models/marts", "models/intermediate", "models/exposures.yml", "models/groups.yml")
"""The parts of the dbt project that heart_rate, its primary key and its tests don't need."""

HOOK_OF_MARTS = "refuse_other_definitions()"

NODE = re.compile(r"^(\d\d):(\d\d):(\d\d\.\d+) .*(?:\d+ of \d+ START |: Done\. )", re.MULTILINE)
"""Matches the start of a node and the end of all nodes in dbt's log."""


class Project:
    """A data folder, its state and a database, optionally with another ``dbt_project``."""

    def __init__(
        self, folder: Path, data: Path, database: Database, dbt_project: Path = DBT_PROJECT
    ) -> None:
        self._folder = folder
        self._database = database
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._environment = {
            **database.environment,
            ENV_FILE: os.devnull,
            "FITBIT_PARTICIPANT": "me",
            "DATA_DIR": str(data),
            "STATE_DIR": str(folder / "state"),
            "LOG_DIR": str(folder / "logs"),
            "SCRATCH_DIR": str(folder),
            "DBT_PROJECT_DIR": str(dbt_project),
            # One target folder per database name: dbt parses again if the name differs.
            "DBT_TARGET_PATH": str(folder.parent / f"target_{database.name}"),
            # For dbt by hand; the loader passes them to dbt itself.
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT / "profiles"),
        }
        self._dbt_project = dbt_project

    def loader(self, *arguments: str) -> Finished:
        """Time one ``loader`` command."""
        command = [sys.executable, "-m", "loader", *arguments]
        return run(command, self._environment, PROJECT)

    def dbt(self, *arguments: str) -> Finished:
        """Time one ``dbt`` command, typed in ``dbt_project/``."""
        dbt = str(Path(sys.executable).with_name("dbt"))
        return run([dbt, *arguments], self._environment, self._dbt_project)

    def ingest_nothing(self) -> Finished:
        """Time an ``ingest`` without anything new.

        Raises:
            BenchmarkError: it loaded something.
        """
        before = self._log()
        finished = self.loader("ingest")
        if "nothing new" not in finished.output or self._log() != before:
            raise BenchmarkError(f"a run without new files loaded something: {finished.output}")
        return finished

    def ingest_in_steps(self) -> tuple[Finished, dict[str, float]]:
        """Time an ``ingest`` and read the durations of its steps from its summary.

        Raises:
            BenchmarkError: it loaded nothing.
        """
        finished = self.loader("ingest")
        ((seconds,),) = self._database.query(
            "select seconds from ingest.runs order by run_id desc limit 1"
        )
        if "dbt" not in seconds:
            raise BenchmarkError(f"nothing was loaded: {finished.output}")
        return finished, seconds

    def ingest_day(self) -> tuple[Finished, float]:
        """Time an ``ingest``, also without dbt's start-up.

        The latter is the process without the step ``dbt``, plus the time from the start of dbt's
        first node to its end.
        """
        known = len(self._log())
        finished, seconds = self.ingest_in_steps()
        return finished, finished.seconds - seconds["dbt"] + _seconds_of_nodes(self._log()[known:])

    def _log(self) -> str:
        log = self._folder / "logs" / "dbt.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""


def warm_up(server: Server, name: str, folder: Path, dbt_project: Path = DBT_PROJECT) -> None:
    """Let dbt parse a project for the database ``name``, as in all runs but the first."""
    data = folder / f"warm_up_{name}"
    make_file(data / "hr.csv", Sizes(step=60), first_day=0, days=1)
    with server.database(name) as database:
        Project(folder / name, data, database, dbt_project).loader("ingest")


def without_marts(folder: Path) -> Path:
    """A copy of the dbt project with only ``heart_rate``, its primary key and its tests."""
    copy = folder / "dbt_project_without_marts"
    shutil.copytree(DBT_PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    for name in MARTS:
        path = copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for test in (copy / "tests").glob("marts_*.sql"):
        test.unlink()
    for seed in (copy / "seeds").iterdir():
        seed.unlink()
    # The hook looks into a mart.
    settings = copy / "dbt_project.yml"
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if HOOK_OF_MARTS not in line), "utf-8")
    return copy


def _seconds_of_nodes(log: str) -> float:
    times = [
        int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        for hours, minutes, seconds in NODE.findall(log)
    ]
    if len(times) < 2:
        raise BenchmarkError("dbt's log doesn't contain the times of its nodes")
    return (times[-1] - times[0]) % 86400
