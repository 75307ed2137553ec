"""The other loaders, installed into an environment of their own."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from scripts.benchmark.process import BenchmarkError, Finished, run
from scripts.benchmark.server import Database
from scripts.benchmark.sql import statement

FOLDER = Path(__file__).parent
LOCK = FOLDER / "requirements.lock"


class Peer(Protocol):
    """A loader that isn't ours.

    Attributes:
        name: as in the results.
        table: of the public schema, which holds what it loaded.
    """

    name: str
    table: str

    def prepare(self, database: Database) -> None:
        """Create what it needs in an empty database."""

    def load(self, database: Database, file: Path) -> Finished:
        """Load one more file."""


class Dlt:
    """dlt with Arrow, an incremental cursor and upsert; it creates its own table."""

    name = "dlt"
    table = "readings_by_dlt"

    def __init__(self, environment: Path, state: Path) -> None:
        self._python = environment / "bin" / "python"
        self._state = state

    def prepare(self, database: Database) -> None:
        """Nothing: dlt creates the schema."""

    def load(self, database: Database, file: Path) -> Finished:
        """Load one more file."""
        settings = {
            "DESTINATION__POSTGRES__CREDENTIALS": _url(database),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
        }
        program = [str(self._python), str(FOLDER / "with_dlt.py"), str(file), str(self._state)]
        finished = run(program, settings, file.parent)
        database.query(statement("by_hand/view_of_dlt"))
        return finished


class Sling:
    """sling in incremental mode, into a hypertable with the key that somebody created for it."""

    name = "sling"
    table = "by_hand"

    def __init__(self, environment: Path, state: Path) -> None:
        found = sorted(environment.glob("lib/*/site-packages/sling_linux_amd64/bin/sling-linux-*"))
        if not found:
            raise BenchmarkError("the package of sling has no program for this machine")
        self._program = found[0]
        self._state = state

    def prepare(self, database: Database) -> None:
        """Create the table, like heart_rate."""
        database.query(statement("by_hand/make_table"))
        database.query(statement("by_hand/add_key"))

    def load(self, database: Database, file: Path) -> Finished:
        """Load one more file."""
        settings = {
            "TARGET": f"{_url(database)}?sslmode=disable",
            "SLING_HOME_DIR": str(self._state),
            "SLING_LOADED_AT_COLUMN": "false",
            "SLING_DISABLE_TELEMETRY": "true",
        }
        arguments = [
            *("run", "--src-stream", f"file://{file}"),
            *("--tgt-conn", "TARGET", "--tgt-object", f"public.{self.table}"),
            *("--mode", "incremental", "--primary-key", "timestamp", "--update-key", "timestamp"),
        ]
        return run([str(self._program), *arguments], settings, file.parent)


def install(folder: Path) -> list[Peer]:
    """Install the packages of the lock and return the loaders.

    Raises:
        BenchmarkError: they can't be had, with pip's reason.
    """
    environment = folder / "environment"
    _succeed([sys.executable, "-m", "venv", str(environment)])
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
    _succeed([*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)])
    return [Dlt(environment, folder / "dlt"), Sling(environment, folder / "sling")]


def _succeed(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (said or done.stderr.splitlines() or ["no reason given"])[-1]
        raise BenchmarkError(f"the other loaders can't be installed: {reason}")


def _url(database: Database) -> str:
    names = ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT")
    user, password, host, port = (quote(database.environment[name]) for name in names)
    return f"postgresql://{user}:{password}@{host}:{port}/{database.name}"
