"""The connection file: how everything else finds this checkout's server."""

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
"""Variables that would lead a client elsewhere, or ask for what this server does not have."""


PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
}
"""Of a connection string, each with the variable that stands for it."""

EXPORTED = "EMBEDDED_DB_EXPORTED"
"""Set beside PGHOST and PGPORT by ourselves, to "host:port": PGHOST alone is somebody's choice."""


class Connection(NamedTuple):
    """Where a cluster lies, its port and its passwords."""

    directory: str
    programs: str
    port: int
    superuser_password: str
    loader_password: str
    prepared: str = ""
    """What the databases were last prepared with; empty until they have been."""
    reader_password: str = ""
    """Empty in a connection file from before the reader could log in, until the next start."""

    def superuser(self, database: str) -> dict[str, str]:
        """The libpq variables of the administrator."""
        return self._environment(SUPERUSER, self.superuser_password, database)

    def loader(self, database: str) -> dict[str, str]:
        """The libpq variables of everyday work."""
        return self._environment(LOADER, self.loader_password, database)

    def reader(self, database: str) -> dict[str, str]:
        """The libpq variables of the role that people's own clients log in with."""
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
    """What the connection file says; None where there is none that can be read as one."""
    try:
        connection = Connection(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return connection if isinstance(connection.port, int) else None


def write_connection(path: Path, connection: Connection) -> None:
    """Replace the connection file; readable only for the owner of its folder."""
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
    """Whether the server of this connection runs, is prepared, and answers on its port."""
    postmaster = postmaster_on(Path(connection.directory, "data"))
    return (
        postmaster is not None
        and postmaster.status == "ready"
        and postmaster.port == connection.port
        and connection.prepared != ""
        and accepts_connections(connection.port)
    )


def chosen_elsewhere() -> bool:
    """Whether PGHOST names a server of the user's own, so that the embedded one is not wanted.

    A shell that exports our own `env` counts as before: the server may have ended since.
    """
    host, port = os.environ.get("PGHOST"), os.environ.get("PGPORT")
    return bool(host) and os.environ.get(EXPORTED) != f"{host}:{port}"


def exports(connection: Connection) -> dict[str, str]:
    """The variables that people and programs are given.

    PGDATABASE and PGUSER, where they are set, choose another database or role of this server. The
    passwords of its own two roles are known; another role has the one of PGPASSWORD.
    """
    database = os.environ.get("PGDATABASE") or DATABASE
    user = os.environ.get("PGUSER") or LOADER
    variables = connection.superuser(database) if user == SUPERUSER else connection.loader(database)
    if user not in (LOADER, SUPERUSER):
        password = os.environ.get("PGPASSWORD") or ""
        variables |= {"PGUSER": user, "PGPASSWORD": password}
        if password in ("", connection.loader_password):
            del variables["PGPASSWORD"]  # libpq then looks into PGPASSFILE or ~/.pgpass
    return variables | {EXPORTED: f"{variables['PGHOST']}:{variables['PGPORT']}"}


def dsn(variables: Mapping[str, str]) -> str:
    """The same libpq variables as the connection string that a driver takes."""
    quoted = {
        name: variables[variable].replace("\\", "\\\\").replace("'", "\\'")
        for name, variable in PARAMETERS.items()
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


def client_environment(variables: dict[str, str]) -> dict[str, str]:
    """Our environment for a program that is to connect with these libpq variables."""
    others = (*MISLEADING, *PARAMETERS.values())
    kept = {name: value for name, value in os.environ.items() if name not in others}
    return kept | variables
