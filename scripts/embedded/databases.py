"""Databases, extensions and roles of a server, managed with the tree's own psql."""

import os
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

from scripts.embedded.connection import DATABASE, Connection, client_environment
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.programs import Programs

ROLES = Path(__file__).resolve().parents[1] / "roles.sql"

UNRECORDED = (
    "-c log_statement=none -c log_min_error_statement=panic -c pg_stat_statements.track=none"
)
"""Keeps a session's statements, which contain passwords, out of the log and the statistics."""


def stamp(programs: Programs) -> str:
    """Names what a server is prepared with; a server with another stamp is prepared again."""
    return f"{programs.root.name} roles-{zlib.crc32(ROLES.read_bytes()):08x}"


def prepare(programs: Programs, connection: Connection) -> None:
    """Create the project's database with its extensions and roles, or update them."""
    if connection.prepared:
        # Newer programs can't read the extension's tables before this, which needs its own session.
        psql(programs, connection.superuser(DATABASE), "alter extension timescaledb update;\n")
    make_database(programs, connection, DATABASE)


def make_database(
    programs: Programs, connection: Connection, name: str, template: str = "template1"
) -> None:
    """Create a database with the extensions and the roles' privileges if it doesn't exist."""
    psql(
        programs,
        connection.superuser("postgres"),
        "select format('create database %I template %I', :'name', :'template')\n"
        "where not exists (select from pg_database where datname = :'name') \\gexec\n",
        {"name": name, "template": template},
    )
    psql(
        programs,
        connection.superuser(name),
        "set client_min_messages = warning;\n"
        # A server that an earlier version started has 1, which JDBC and Go refuse.
        "set scram_iterations = 4096;\n"
        "create extension if not exists timescaledb;\n"
        "create extension if not exists pg_stat_statements;\n" + ROLES.read_text(),
        secrets={
            "FITBIT_LOADER_PASSWORD": connection.loader_password,
            "FITBIT_READER_PASSWORD": connection.reader_password,
        },
    )


def drop_database(programs: Programs, connection: Connection, name: str) -> None:
    """Drop a database and end its sessions."""
    psql(
        programs,
        connection.superuser("postgres"),
        'drop database if exists :"name" with (force);\n',
        {"name": name},
    )


def psql(
    programs: Programs,
    environment: Mapping[str, str],
    script: str,
    variables: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> str:
    """Run a script and return its output; stops at the first error.

    `variables` are psql variables, visible in the process list; `secrets` go into its environment.
    """
    command = [str(programs.path("psql")), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    command += ["--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]
    command += [f"--set={name}={value}" for name, value in (variables or {}).items()]
    result = subprocess.run(
        command,
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env=client_environment({**environment, **(secrets or {}), "PGOPTIONS": UNRECORDED}),
        cwd=os.path.sep,
    )
    if result.returncode != 0:
        reason = next(iter(result.stderr.strip().splitlines()), "psql gave no reason")
        raise EmbeddedError(
            f"the database {environment['PGDATABASE']} could not be set up: {reason}",
            "see the server's log (`python -m scripts.embedded status` names it)",
        )
    return result.stdout
