"""One copy of the project with its containers."""

import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.docker.engine import Engine, run
from tests.docker.images import PROJECT, Images

LEFT_OUT = {"logs", "state", "backups", "report"}
"""What runs have left in the project's own folder."""

QUICKER = """\
services:
  fitbit-db:
    healthcheck: { interval: 2s, retries: 3, start_period: 20s }
  fitbit-ingestion:
    healthcheck: { interval: 3s, retries: 2, start_period: 5s }
"""
"""What the tests change in docker-compose.yml: how often the health is looked at."""

JOB_USER = 4321

SAMPLE = ("data/sample/hr.csv", "data/sample/takeout.json.gz")
"""What a new project has to load."""


class Stack:
    """The containers, and what a person would do with them."""

    def __init__(self, engine: Engine, images: Images, folder: Path) -> None:
        self.engine = engine
        self.folder = folder / "fitbit"
        shutil.copytree(PROJECT, self.folder, ignore=_left_out)
        for name in (".env.example", ".dockerignore"):
            shutil.copy(PROJECT / name, self.folder)
        (self.folder / "docker-compose.override.yml").write_text(QUICKER)
        run([str(self.folder / "scripts/make_env_file.sh")])
        for name in ("state", "logs"):
            os.chown(self.folder / name, JOB_USER, JOB_USER)
        self.docs_port = _free_port()
        self._built = False
        self.set(
            PUID=str(JOB_USER),
            PGID=str(JOB_USER),
            DB_PORT=str(_free_port()),
            DOCS_PORT=str(self.docs_port),
            BASE_IMAGE=images.base,
            TIMESCALEDB_IMAGE=images.database,
            BUILD_PIP_CONF=str(images.pip_conf or "/dev/null"),
        )

    def set(self, **variables: str) -> None:
        """Write variables into .env."""
        file = self.folder / ".env"
        lines = file.read_text().splitlines()
        for name, value in variables.items():
            lines = [line for line in lines if not line.startswith(f"{name}=")]
            lines.append(f"{name}={value}")
        file.write_text("\n".join(lines) + "\n")

    def setting(self, name: str) -> str:
        """What .env says."""
        lines = (self.folder / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def compose(
        self, *arguments: str, check: bool = True, timeout: float = 900
    ) -> subprocess.CompletedProcess[str]:
        """Run docker compose in the copy."""
        command = ["docker", "compose", *arguments]
        return run(
            command, self.engine.environment, check=check, timeout=timeout, folder=self.folder
        )

    def script(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the project's scripts in the copy."""
        return run(
            [str(self.folder / "scripts" / name), *arguments],
            self.engine.environment,
            folder=self.folder,
        )

    def up(self) -> None:
        """Bring the two containers up, as the README says; later there is nothing to build."""
        self.compose("up", *([] if self._built else ["--build"]), "--detach")
        self._built = True

    def exec(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in fitbit-ingestion, as its users do."""
        return self.compose("exec", "-T", "fitbit-ingestion", *command, check=check)

    def sql(self, query: str) -> str:
        """Ask the database, through the command that the README gives."""
        command = ["exec", "fitbit-db", "psql", "-U", "postgres", "-d", "fitbit", "-qAt"]
        return self.engine.docker(*command, "-c", query).stdout.strip()

    def readings(self) -> int:
        """How many readings the table holds."""
        return int(self.sql("select count(*) from heart_rate"))

    def runs(self) -> list[str]:
        """How each run ended, the oldest first."""
        return self.sql("select outcome from ingest.runs order by run_id").splitlines()

    def logs(self, container: str = "fitbit-ingestion") -> str:
        """What `docker compose logs` shows of a container."""
        said = self.compose("logs", "--no-color", "--no-log-prefix", container).stdout
        return said.replace("\x1b[2K", "")  # compose's own, in some versions

    def inspect(self, container: str) -> Any:
        """What Docker knows of a container."""
        return json.loads(self.engine.docker("inspect", container).stdout)[0]

    def health(self, container: str) -> str:
        """healthy, unhealthy or starting; empty while the container does not run."""
        state = self.inspect(container)["State"]
        return str(state["Health"]["Status"]) if state["Running"] else ""

    def health_says(self, container: str) -> str:
        """What the last look at the health printed."""
        looks = self.inspect(container)["State"]["Health"]["Log"]
        return str(looks[-1]["Output"]).strip() if looks else ""

    def wait_for_health(self, container: str, wanted: str, within: float = 120) -> None:
        """Wait until the container is as healthy as that."""
        wait_until(
            lambda: self.health(container) == wanted,
            within,
            f"{container} to be {wanted}, it says",
            lambda: self.health_says(container),
        )

    def wait_for_log(self, text: str, since: int, within: float = 120) -> None:
        """Wait until the container's log has the text after its first `since` characters."""
        wait_until(lambda: text in self.logs()[since:], within, f"{text!r} in the log", self.logs)

    def wait_for_dbt(self, within: float = 120) -> None:
        """Wait until a run has come so far that dbt is connected to the database."""
        connected = "select count(*) > 0 from pg_stat_activity where application_name = 'dbt'"
        wait_until(lambda: self.sql(connected) == "t", within, "dbt to connect", self.logs)

    def crash(self, container: str) -> None:
        """Kill the container's first process, which the engine must take for a crash."""
        pid = self.inspect(container)["State"]["Pid"]
        if self.engine.is_ours:
            os.kill(pid, signal.SIGKILL)
        else:
            self.engine.docker("kill", "--signal", "KILL", container)
            self.compose("up", "--detach")

    def append_readings(self, start: datetime, count: int, file: str = "hr.csv") -> None:
        """Append one reading a second to a file in data/."""
        path = self.folder / "data" / file
        with path.open("a") as stream:
            if stream.tell() == 0:
                stream.write("timestamp,value\n")
            for second in range(count):
                instant = start + timedelta(seconds=second)
                stream.write(f"{instant:%Y-%m-%d %H:%M:%S},{60 + second % 40}\n")

    def remove(self) -> None:
        """Take everything down, the volumes too."""
        self.compose("--profile", "docs", "down", "--volumes", "--timeout", "5", check=False)


def sample_readings(folder: Path) -> int:
    """How many different instants the sample of a copy of the project gives."""
    with gzip.open(folder / SAMPLE[1], "rt") as stream:
        weeks = {record["dateTime"] for record in json.load(stream)}
    return file_readings(folder / SAMPLE[0]) + len(weeks)


def file_readings(path: Path) -> int:
    """How many different instants an hr.csv gives."""
    with path.open() as stream:
        next(stream)
        return len({line.partition(",")[0] for line in stream})


def wait_until(
    condition: Callable[[], bool],
    within: float,
    what: str,
    now: Callable[[], str] = str,
) -> None:
    """Ask until it is so; a command that fails meanwhile counts as not yet."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with contextlib.suppress(AssertionError):
            if condition():
                return
        time.sleep(0.5)
    raise AssertionError(f"waited {within:.0f} s for {what} {now()}")


@contextlib.contextmanager
def taking_at_most(seconds: float) -> Iterator[None]:
    """What is done inside may take no longer."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken <= seconds, f"took {taken:.1f} s"


def after_the_sample(days: int) -> datetime:
    """A time that no sample file holds."""
    return datetime(2024, 6, 1, tzinfo=UTC) + timedelta(days=days)


def _left_out(folder: str, names: list[str]) -> set[str]:
    made = shutil.ignore_patterns(".*", "target", "__pycache__")(folder, names)
    return made | (LEFT_OUT & set(names) if Path(folder) == PROJECT else set())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
