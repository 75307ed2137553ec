"""The connection file, through which everything else finds this checkout's server."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.embedded.server import accepts_connections, postmaster_on

DATABASE = "fitbit"
LOADER = "fitbit_loader"
READER = "fitbit_reader"
SUPERUSER = "postgres"

MISLEADING = (
    "PGHOSTADDR",
    "PGSERVICE",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGREQUIREAUTH",
    "PGCHANNELBINDING",
    "PGTARGETSESSIONATTRS",
    "PGOPTIONS",
)
"""Variables that would select another server, or require a feature that this server lacks."""


PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
}
"""The keywords of a connection string, each with its environment variable."""

EXPORTED = "EMBEDDED_DB_EXPORTED"
"""Set to "host:port" when we set PGHOST and PGPORT. PGHOST alone was set by the user."""


class Connection(NamedTuple):
    """A cluster's directory, port and passwords."""

    directory: str
    programs: str
    port: int
    superuser_password: str
    loader_password: str
    prepared: str = ""
    """The stamp of the databases' last preparation; empty before the first one."""
    reader_password: str = ""
    """Empty in connection files of versions whose reader couldn't log in, until the next start."""

    def superuser(self, database: str) -> dict[str, str]:
        """The libpq variables of the administrator."""
        return self._environment(SUPERUSER, self.superuser_password, database)

    def loader(self, database: str) -> dict[str, str]:
        """The libpq variables of the loader's role."""
        return self._environment(LOADER, self.loader_password, database)

    def reader(self, database: str) -> dict[str, str]:
        """The libpq variables of the role for people's own clients."""
        return self._environment(READER, self.reader_password, database)

    def _environment(self, user: str, password: str, database: str) -> dict[str, str]:
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGDATABASE": database,
            "PGUSER": user,
            "PGPASSWORD": password,
        }


def read_connection(path: Path) -> Connection | None:
    """The content of the connection file; None if it is missing or invalid."""
    try:
        connection = Connection(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return connection if isinstance(connection.port, int) else None


def write_connection(path: Path, connection: Connection) -> None:
    """Replace the connection file; only the owner of its folder can read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
        json.dump(connection._asdict(), file, indent=2)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)


def is_ready(connection: Connection) -> bool:
    """Whether this connection's server is running, prepared, and reachable on its port."""
    postmaster = postmaster_on(Path(connection.directory, "data"))
    return (
        postmaster is not None
        and postmaster.status == "ready"
        and postmaster.port == connection.port
        and connection.prepared != ""
        and accepts_connections(connection.port)
    )


def chosen_elsewhere() -> bool:
    """Whether PGHOST names the user's own server instead of the embedded one.

    A PGHOST that our own `env` exported doesn't count: that server may have stopped since.
    """
    host, port = os.environ.get("PGHOST"), os.environ.get("PGPORT")
    return bool(host) and os.environ.get(EXPORTED) != f"{host}:{port}"


def exports(connection: Connection) -> dict[str, str]:
    """The variables for people and programs.

    PGDATABASE and PGUSER, if set, select another database or role of this server. The passwords
    of its own two roles are known; for another role, PGPASSWORD is used.
    """
    database = os.environ.get("PGDATABASE") or DATABASE
    user = os.environ.get("PGUSER") or LOADER
    variables = connection.superuser(database) if user == SUPERUSER else connection.loader(database)
    if user not in (LOADER, SUPERUSER):
        password = os.environ.get("PGPASSWORD") or ""
        variables |= {"PGUSER": user, "PGPASSWORD": password}
        if password in ("", connection.loader_password):
            del variables["PGPASSWORD"]  # libpq then reads PGPASSFILE or ~/.pgpass
    return variables | {EXPORTED: f"{variables['PGHOST']}:{variables['PGPORT']}"}


def dsn(variables: Mapping[str, str]) -> str:
    """These libpq variables as a connection string for a driver."""
    quoted = {
        name: variables[variable].replace("\\", "\\\\").replace("'", "\\'")
        for name, variable in PARAMETERS.items()
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


def client_environment(variables: dict[str, str]) -> dict[str, str]:
    """The environment for a program that connects with these libpq variables."""
    others = (*MISLEADING, *PARAMETERS.values())
    kept = {name: value for name, value in os.environ.items() if name not in others}
    return kept | variables
