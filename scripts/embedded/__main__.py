"""The command line: `python -m scripts.embedded COMMAND`."""
# ruff: noqa: T201 (a command's answer is what it prints)

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from scripts.embedded.connection import (
    DATABASE,
    MISLEADING,
    Connection,
    chosen_elsewhere,
    client_environment,
    exports,
    is_ready,
    read_connection,
)
from scripts.embedded.errors import FAILED, EmbeddedError
from scripts.embedded.places import CHECKOUT, CONNECTION_FILE, cluster_directory, marked_owner
from scripts.embedded.progress import say

if TYPE_CHECKING:
    from scripts.embedded.cluster import Cluster

# Commands import their modules themselves, so that with a running server they take no longer than
# Python's own start.

NOT_RUNNING = 3
"""The exit code of `status` if no server is running, as defined for Linux services (LSB)."""


def recorded() -> Connection | None:
    """The content of the connection file, if it belongs to this checkout's cluster."""
    connection = read_connection(CONNECTION_FILE)
    if connection is None:
        return None
    directory = Path(connection.directory)
    return connection if cluster_directory(directory) == directory else None


def is_marked(connection: Connection) -> bool:
    """Whether the cluster is marked as this checkout's; a moved one is marked at its next start."""
    return marked_owner(Path(connection.directory)) == CONNECTION_FILE.parent


def running() -> Connection:
    """The connection to this checkout's server, which is created and started if necessary."""
    connection = recorded()
    if connection is None or not is_marked(connection) or not is_ready(connection):
        from scripts.embedded.programs import find_or_fetch

        cluster = _cluster()
        cluster.programs = find_or_fetch()
        cluster.start()
        connection = read_connection(CONNECTION_FILE)
        assert connection is not None
    return connection


def _cluster() -> "Cluster":
    """This checkout's cluster, with the programs that it last ran with."""
    from scripts.embedded.cluster import Cluster
    from scripts.embedded.programs import Programs

    connection = read_connection(CONNECTION_FILE)
    directory = cluster_directory(Path(connection.directory) if connection else None)
    programs = Programs(Path(connection.programs if connection else "/nonexistent"))
    return Cluster(directory, programs, connection_file=CONNECTION_FILE)


def start(_: list[str]) -> int:
    """Create and start the server; with PGDATABASE set, also create that database in it."""
    connection = running()
    database = os.environ.get("PGDATABASE") or DATABASE
    if database != DATABASE:
        from scripts.embedded.databases import make_database
        from scripts.embedded.programs import Programs

        make_database(Programs(Path(connection.programs)), connection, database)
    return 0


def stop(_: list[str]) -> int:
    """Stop the server; its data stays, and the next command that needs it starts it again."""
    if not _cluster().stop():
        say("the embedded database is not running")
    return 0


def status(_: list[str]) -> int:
    """Show whether the server is running (exit code 0, otherwise 3), and its paths."""
    from scripts.embedded.programs import find

    cluster = _cluster()
    programs = cluster.programs if cluster.programs.root.exists() else find()
    postmaster = cluster.postmaster
    if postmaster is None:
        print("server       not running" if cluster.data.exists() else "server       none yet")
    else:
        what = f"{postmaster.status}, 127.0.0.1:{postmaster.port}, process {postmaster.pid}"
        print(f"server       {what}")
    print(f"data         {cluster.data}")
    print(f"log          {cluster.log}")
    print(f"connection   {cluster.connection_file}")
    print(f"programs     {programs.root} ({programs})" if programs else "programs     none yet")
    return 0 if postmaster is not None else NOT_RUNNING


def env(_: list[str]) -> int:
    """Print `export NAME=…` for a shell: .env, and the connection to the embedded server."""
    changes = _load_settings()
    if not chosen_elsewhere():
        for name in filter(os.environ.__contains__, MISLEADING):
            changes[name] = None
        # Don't export values that the shell already has.
        connection = exports(running()).items()
        changes |= {name: value for name, value in connection if os.environ.get(name) != value}
    _print_for_shell(changes)
    return 0


def settings(_: list[str]) -> int:
    """Print `export NAME=…` for a script: the settings of .env, without a connection."""
    _print_for_shell(_load_settings(drop_connection=False))
    return 0


def connect(_: list[str]) -> int:
    """Print what a client needs: host, port, database, role, password, JDBC URL, libpq URI."""
    from scripts.embedded.clients import describe

    if chosen_elsewhere():
        print(describe(os.environ, os.environ.get("FITBIT_READER_PASSWORD", "")))
    else:
        server = running()
        if not server.reader_password:  # an earlier version started the server
            _cluster().start()
            server = running()
        database = os.environ.get("PGDATABASE") or DATABASE
        print(describe(server.reader(database), server.reader_password))
    return 0


def run(command: list[str]) -> NoReturn:
    """Run a command with the connection in its environment: run -- CMD…"""
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise EmbeddedError("there is no command to run", "python -m scripts.embedded run -- CMD…")
    _execute(command, _client_environment())


def psql(arguments: list[str]) -> NoReturn:
    """Open psql on the database, or run its arguments or standard input."""
    environment = _client_environment()
    _choose_pager(environment)
    _execute([_find_psql(), *arguments], environment)


def remove(_: list[str]) -> int:
    """Stop this checkout's server and delete its data (the programs are kept)."""
    if not _cluster().remove():
        say("there is no embedded database")
    return 0


def _load_settings(*, drop_connection: bool = True) -> dict[str, str | None]:
    """Add the settings of .env to the environment; returns the changes (None: removed).

    A checkout without a .env needs no installed package for this.
    """
    named = os.environ.get("FITBIT_ENV_FILE")
    exported = "FITBIT_EXPORTED" in os.environ
    if named == os.devnull or not (named or exported or os.path.lexists(CHECKOUT / ".env")):
        return {}
    from loader.configuration.env_file import load_settings
    from loader.errors import SettingsError

    before = dict(os.environ)
    try:
        load_settings(os.environ, drop_connection=drop_connection)
    except SettingsError as error:
        raise EmbeddedError(error.what, error.hint, error.exit_code) from error
    after = dict(os.environ)
    return {name: None for name in before if name not in after} | {
        name: value for name, value in after.items() if before.get(name) != value
    }


def _print_for_shell(changes: Mapping[str, str | None]) -> None:
    import shlex

    given = {name: value for name, value in changes.items() if value is not None}
    for name in changes.keys() - given.keys():
        print(f"unset {name}")
    if given:
        from loader.configuration.env_file import exported_mark

        given["FITBIT_EXPORTED"] = exported_mark(given)
    for name, value in given.items():
        print(f"export {name}={shlex.quote(value)}")


def _client_environment() -> dict[str, str]:
    connection = None if chosen_elsewhere() else exports(running())
    environment = dict(os.environ) if connection is None else client_environment(connection)
    environment.setdefault("DBT_PROJECT_DIR", str(CHECKOUT / "dbt_project"))
    environment.setdefault("DBT_PROFILES_DIR", str(CHECKOUT / "profiles"))
    environment["FITBIT_ENV_FILE"] = os.devnull  # .env is already in the environment
    return environment


def _find_psql() -> str:
    import shutil

    from scripts.embedded.programs import Programs, find

    connection = recorded()
    programs = Programs(Path(connection.programs)) if connection else find()
    if programs and programs.path("psql").exists():
        return str(programs.path("psql"))
    if found := shutil.which("psql"):
        return found
    raise EmbeddedError("there is no psql", "install postgresql-client, or unset PGHOST")


def _choose_pager(environment: dict[str, str]) -> None:
    """Choose a pager that exists: Debian's psql uses `pager`, which not every machine has."""
    import shutil

    if environment.get("PSQL_PAGER") or environment.get("PAGER"):
        return
    environment["PSQL_PAGER"] = next(filter(shutil.which, ("pager", "less", "more")), "")
    environment.setdefault("LESS", "-FRSX")  # keep short output, don't wrap wide output


def _execute(command: list[str], environment: dict[str, str]) -> NoReturn:
    sys.stdout.flush()
    try:
        os.execvpe(command[0], command, environment)
    except FileNotFoundError as error:
        raise EmbeddedError(f"there is no program {command[0]}", "check its name") from error


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    command.__name__: command
    for command in (start, stop, status, env, settings, connect, run, psql, remove)
}


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    # All arguments after `run` and `psql` are theirs; argparse would try to parse their options.
    own = arguments[:1] if arguments[:1] in (["run"], ["psql"]) else arguments
    parser = argparse.ArgumentParser(
        "python -m scripts.embedded", description="The embedded TimescaleDB of this project."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        subparsers.add_parser(name, help=command.__doc__, description=command.__doc__)
    chosen = COMMANDS[parser.parse_args(own).command]
    try:
        if chosen not in (env, settings):
            _load_settings()
        return chosen(arguments[1:])
    except (EmbeddedError, OSError) as error:
        if os.environ.get("EMBEDDED_DB_DEBUG") == "1":
            raise
        known = error if isinstance(error, EmbeddedError) else _from_system(error)
        say(f"error: {known}")
        _report_failure(arguments, known)
        return known.exit_code
    except KeyboardInterrupt:
        return 130


def _report_failure(arguments: list[str], error: EmbeddedError) -> None:
    """Report a run that could not begin, because the loader, which reports others, didn't start."""
    if [Path(word).name for word in arguments[2:4]] == ["loader", "ingest"]:
        from loader.notify import Ending, Notifier

        Notifier.from_env(os.environ, say).ended(Ending(error.exit_code, (str(error),)))


def _from_system(error: OSError) -> EmbeddedError:
    hint = "see the message; EMBEDDED_DB_DEBUG=1 shows the traceback"
    return EmbeddedError(str(error), hint, FAILED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
