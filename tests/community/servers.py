"""A server with the community licence of TimescaleDB, which Debian's build doesn't have."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from psycopg2.extensions import parse_dsn

from scripts.embedded.connection import LOADER, READER
from scripts.embedded.databases import ROLES, psql
from scripts.embedded.locks import file_lock
from scripts.embedded.programs import Programs

URL_VARIABLE = "COMMUNITY_TIMESCALEDB_URL"
PASSWORD = "community"
"""Of the project's two roles: every worker of the tests sets the same one."""


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


def this_worker() -> str:
    """The name of pytest-xdist's worker."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
