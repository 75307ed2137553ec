"""Two servers with the community licence of TimescaleDB, which Debian's build doesn't have.

``COMMUNITY_TIMESCALEDB_URL`` names a whole one, for example a container of the official image. The
other is a package of npm, PostgreSQL as WebAssembly: it answers one connection at a time, so
statements can be tested there, but not runs.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn

from scripts.embedded.connection import LOADER, READER
from scripts.embedded.databases import ROLES, psql
from scripts.embedded.locks import file_lock
from scripts.embedded.programs import Programs
from scripts.embedded.server import free_port

URL_VARIABLE = "COMMUNITY_TIMESCALEDB_URL"
PASSWORD = "community"
"""Of the project's two roles: every worker of the tests sets the same one."""

FIRST_PORT = 25432
"""Of the npm server; each worker takes the first free port."""


@dataclass(frozen=True)
class CommunityServer:
    """The server of ``COMMUNITY_TIMESCALEDB_URL``; stands in for the embedded ``Cluster``.

    Attributes:
        url: of a superuser.
        programs: psql and pg_dump.
        worker: distinguishes the databases of parallel workers.
    """

    url: str
    programs: Programs
    worker: str

    def superuser_environment(self, database: str) -> dict[str, str]:
        """The libpq variables of the administrator."""
        parts = parse_dsn(self.url)
        return self._environment(parts["user"], parts.get("password", ""), self._own(database))

    def loader_environment(self, database: str) -> dict[str, str]:
        """The same variables for fitbit_loader."""
        return self._environment(LOADER, PASSWORD, self._own(database))

    def reader_environment(self, database: str) -> dict[str, str]:
        """The same variables for fitbit_reader."""
        return self._environment(READER, PASSWORD, self._own(database))

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create a database with TimescaleDB and the roles' privileges.

        Never from a template: the workers of TimescaleDB are connected to it.
        """
        self.drop_database(name)
        self._in_postgres(f'create database "{self._own(name)}";')
        with file_lock(Path(gettempdir(), "fitbit-community-roles"), "waiting for the roles"):
            licence = psql(
                self.programs,
                self.superuser_environment(name),
                "set client_min_messages = warning;\n"
                "create extension if not exists timescaledb;\n"
                "show timescaledb.license;\n" + ROLES.read_text(),
                secrets={"FITBIT_LOADER_PASSWORD": PASSWORD, "FITBIT_READER_PASSWORD": PASSWORD},
            )
        assert licence.strip() == "timescale", f"{URL_VARIABLE} has the licence {licence.strip()}"

    def drop_database(self, name: str) -> None:
        """Drop a database and end its sessions."""
        self._in_postgres(f'drop database if exists "{self._own(name)}" with (force);')

    def _in_postgres(self, statement: str) -> None:
        parts = parse_dsn(self.url)
        variables = self._environment(parts["user"], parts.get("password", ""), "postgres")
        psql(self.programs, variables, f"set client_min_messages = warning;\n{statement}")

    def _own(self, database: str) -> str:
        return f"community_{database}_{self.worker}"

    def _environment(self, user: str, password: str, database: str) -> dict[str, str]:
        parts = parse_dsn(self.url)
        return {
            "PGHOST": parts["host"],
            "PGPORT": parts.get("port", "5432"),
            "PGDATABASE": database,
            "PGUSER": user,
            "PGPASSWORD": password,
        }


class NpmServer:
    """The server of the npm package, with its data in a folder."""

    def __init__(self, program: Path, data: Path) -> None:
        self._program, self._data = program, data
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self._port = free_port(FIRST_PORT)
        command: list[str | Path] = ["node", self._program, str(self._port), self._data]
        log = self._data.with_suffix(".log")
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self._process.stdout is not None
        if "ready\n" not in iter(self._process.stdout.readline, ""):
            raise OSError(f"the npm server did not start: {log.read_text()[-500:]}")

    def stop(self) -> None:
        """Shut it down, so that its data are complete on disk."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.communicate(timeout=60)
            self._process = None

    def use_licence(self, name: str) -> None:
        """Restart it under ``apache`` or ``timescale``, which no session can change."""
        self.stop()
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"timescaledb.license = '{name}'\n")
        self.start()

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Its only connection, in autocommit mode and UTC."""
        session = psycopg2.connect(
            host="127.0.0.1",
            port=self._port,
            dbname="postgres",
            user="postgres",
            password="postgres",
            sslmode="disable",
        )
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
            yield session
        finally:
            session.close()


def this_worker() -> str:
    """The name of pytest-xdist's worker."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
