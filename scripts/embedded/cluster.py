"""A cluster: one data directory, its server, its connection file."""

import contextlib
import secrets
import shutil
import signal
import time
import zlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.embedded import data_directory, databases
from scripts.embedded.account import account_for, run_as
from scripts.embedded.connection import DATABASE, Connection, read_connection, write_connection
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import file_lock
from scripts.embedded.places import MARKER, marked_owner
from scripts.embedded.programs import Programs
from scripts.embedded.progress import step
from scripts.embedded.server import (
    Postmaster,
    accepts_connections,
    children_of,
    disown_pid_file,
    free_port,
    postmaster_on,
    postmasters_on,
    send,
    wait_for_end,
)
from scripts.embedded.settings import settings_file

FIRST_PORT = 15432
PORTS = 16000
"""The ports to try are below those that Linux uses for outgoing connections (from 32768)."""

START_SECONDS = 600  # after a crash, the server first replays its log
STOP_SECONDS = 120
LEFTOVER_SECONDS = 15
KEPT_LOGS = 4

STILL_WRITING = "pre-existing shared memory block"
PORT_TAKEN = "Address already in use"
LEFT_UNLOGGED = "File exists"
"""The first start after a crash may fail because of an unlogged table that was truncated after the
last checkpoint; the second start succeeds (PostgreSQL's bug 17731)."""
OVER_AT_ANOTHER_TRY = (STILL_WRITING, PORT_TAKEN, LEFT_UNLOGGED)

CONTENTS = (
    "data",
    data_directory.UNFINISHED_MARKER,
    data_directory.PASSWORD_FILE,
    data_directory.SETTINGS_FILE,
    "log",
)


class Cluster:
    """A cluster in `directory`, served by `programs`. Every method is idempotent.

    The connection file is in the directory unless another path is named. `settings` override and
    extend `settings.SETTINGS` at every start. As root, the server runs as another account, which
    must have access to the directory's parents.
    """

    def __init__(
        self,
        directory: Path,
        programs: Programs,
        *,
        connection_file: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "log"
        self.programs = programs
        self.connection_file = connection_file or directory / "connection.json"
        self.settings = dict(settings or {})

    def create(self) -> None:
        """Create the data directory if there is none. A complete one is never replaced."""
        with self._locked():
            data_directory.claim(self.directory, self.connection_file.parent)
            self._create()

    def start(self) -> None:
        """Start and prepare the server; create whatever is missing.

        Raises EmbeddedError with the server's last message if it doesn't start.
        """
        with self._locked():
            data_directory.claim(self.directory, self.connection_file.parent)
            self._create()
            connection = self._serve(self._connection())
            stamp = databases.stamp(self.programs)
            if connection.prepared != stamp:
                connection = self._with_reader_password(connection)
                with step(f"preparing the database {DATABASE}"):
                    databases.prepare(self.programs, connection)
                self._record(connection._replace(prepared=stamp))

    def stop(self) -> bool:
        """Shut the server down, ending its sessions; False if none was running."""
        if marked_owner(self.directory) is None:
            return False
        with self._locked():
            return self._stop()

    def kill(self) -> None:
        """Kill the server and all its processes at once, like a power cut (for tests)."""
        if postmaster := self.postmaster:
            pids = [postmaster.pid, *children_of(postmaster.pid)]
            for pid in pids:
                send(pid, signal.SIGKILL)
            wait_for_end(pids, LEFTOVER_SECONDS)

    def remove(self) -> bool:
        """Stop the server and delete only our own files; False if there is no cluster."""
        if marked_owner(self.directory) is None:
            return False
        with self._locked():
            self._end_servers()
            data_directory.remove_unfinished(self.directory)
            for path in [self.directory / name for name in CONTENTS]:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            self.connection_file.unlink(missing_ok=True)
            (self.directory / MARKER).unlink()
            if self.directory != self._lock.parent:
                (self.directory / "lock").unlink(missing_ok=True)  # where earlier versions had it
                _remove_if_empty(self.directory)
            self._lock.unlink()  # a start that waits for this lock now recreates everything
            _remove_if_empty(self._lock.parent)
        return True

    @property
    def postmaster(self) -> Postmaster | None:
        """The running server, or None."""
        return postmaster_on(self.data)

    def superuser_environment(self, database: str = "postgres") -> dict[str, str]:
        """PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD of the administrator."""
        return self._known_connection().superuser(database)

    def loader_environment(self, database: str = DATABASE) -> dict[str, str]:
        """The same variables for fitbit_loader, which `make ingest` uses."""
        return self._known_connection().loader(database)

    def reader_environment(self, database: str = DATABASE) -> dict[str, str]:
        """The same variables for fitbit_reader, which `make connect` shows."""
        return self._known_connection().reader(database)

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create another database with TimescaleDB and the roles' privileges."""
        databases.make_database(self.programs, self._known_connection(), name, template)

    def drop_database(self, name: str) -> None:
        """Drop a database and end its sessions."""
        databases.drop_database(self.programs, self._known_connection(), name)

    def _known_connection(self) -> Connection:
        connection = read_connection(self.connection_file)
        if connection is None:
            raise EmbeddedError(f"there is no {self.connection_file}", "start the cluster first")
        return connection

    def _locked(self) -> AbstractContextManager[None]:
        waiting = f"waiting for another start or stop of the database in {self.directory}"
        return file_lock(self._lock, waiting)

    @property
    def _lock(self) -> Path:
        """Next to the connection file, because the directory may be missing or not be ours."""
        return self.connection_file.parent / "lock"

    def _create(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            self._refuse_other_version()
            return
        self._end_servers()  # of a data directory that was deleted under its server
        connection = self._new_connection()
        self._record(connection)
        with step(f"making a database cluster in {self.directory}"):
            data_directory.make(self.programs, self.directory, connection.superuser_password)

    def _refuse_other_version(self) -> None:
        ours = self.programs.versions["postgresql"].split(".")[0]
        try:
            theirs = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            theirs = "(unknown version)"
        if theirs != ours:
            raise EmbeddedError(
                f"{self.data} was created by PostgreSQL {theirs}, but these programs are {ours}",
                "`python -m scripts.embedded remove` to delete it, then load the files again",
            )

    def _new_connection(self) -> Connection:
        return Connection(
            directory=str(self.directory),
            programs=str(self.programs.root),
            port=FIRST_PORT + zlib.crc32(bytes(self.directory)) % PORTS,
            superuser_password=secrets.token_urlsafe(24),
            loader_password=secrets.token_urlsafe(24),
            reader_password=secrets.token_urlsafe(24),
        )

    def _connection(self) -> Connection:
        """The passwords of an existing cluster, or new ones if they were lost."""
        connection = read_connection(self.connection_file)
        if connection is None or connection.directory != str(self.directory):
            connection = self._new_connection()
            self._stop()
            disown_pid_file(self.data)
            with step(f"creating new passwords, because {self.connection_file} was lost"):
                self._write_settings(connection.port)
                data_directory.set_superuser_password(
                    self.programs, self.data, connection.superuser_password
                )
            self._record(connection)
        return connection

    def _with_reader_password(self, connection: Connection) -> Connection:
        """Record the password before setting it, so that an interrupted start can't lose it."""
        if connection.reader_password:
            return connection
        return self._record(connection._replace(reader_password=secrets.token_urlsafe(24)))

    def _record(self, connection: Connection) -> Connection:
        connection = connection._replace(programs=str(self.programs.root))
        write_connection(self.connection_file, connection)
        return connection

    def _serve(self, connection: Connection) -> Connection:
        """Start a server that accepts connections; returns the connection to it."""
        postmaster = self._settled_postmaster()
        if postmaster is None:
            with step(f"starting {self.programs} in {self.directory}"):
                return self._start(connection)
        if not accepts_connections(postmaster.port):
            raise EmbeddedError(
                f"the server (process {postmaster.pid}) does not answer on port {postmaster.port}",
                "`python -m scripts.embedded stop`, then try again",
            )
        return self._record(connection._replace(port=postmaster.port))

    def _settled_postmaster(self) -> Postmaster | None:
        """The running server, after it has finished starting or stopping."""
        deadline = time.monotonic() + START_SECONDS
        while (postmaster := self.postmaster) and postmaster.status != "ready":
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"the server (process {postmaster.pid}) is still {postmaster.status}",
                    f"see its log in {self.log}",
                )
            time.sleep(0.02)
        return postmaster

    def _start(self, connection: Connection) -> Connection:
        disown_pid_file(self.data)
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while True:
            connection = self._record(connection._replace(port=free_port(connection.port)))
            self._write_settings(connection.port)
            words = self._launch()
            if words is None:
                return connection
            passing = any(reason in words for reason in OVER_AT_ANOTHER_TRY)
            if not passing or time.monotonic() > deadline:
                raise EmbeddedError(
                    f"the server did not start: {data_directory.last_error(words)}",
                    f"see its log in {self.log}",
                )
            time.sleep(0.1)  # processes of a killed server end by themselves

    def _launch(self) -> str | None:
        """Try to start the server; returns None if it runs, otherwise its log messages."""
        account = account_for(self.data)
        data_directory.own_folder(self.log, account)
        first_words = self.log / "startup.log"
        first_words.unlink(missing_ok=True)
        for old in self._logs()[:-KEPT_LOGS]:
            old.unlink()
        said_before = {log: log.stat().st_size for log in self._logs()}
        command: list[str | Path] = [self.programs.path("pg_ctl"), "start", "--silent", "--wait"]
        command += ["--pgdata", self.data, "--log", first_words, "--timeout", str(START_SECONDS)]
        result = run_as(account, command, data_directory.program_environment(self.programs))
        if result.returncode == 0:
            return None
        words = [first_words.read_text(errors="replace")] if first_words.exists() else []
        for log in self._logs():
            words.append(log.read_bytes()[said_before.get(log, 0) :].decode(errors="replace"))
        return "".join(words) or result.stdout

    def _logs(self) -> list[Path]:
        return sorted(self.log.glob("postgresql-*.log"))  # their names contain the time

    def _write_settings(self, port: int) -> None:
        path = self.directory / data_directory.SETTINGS_FILE
        temporary = path.with_suffix(".new")
        temporary.write_text(settings_file(port, self.settings))
        temporary.chmod(0o644)  # the server's account must be able to read it, whatever our umask
        temporary.replace(path)

    def _stop(self) -> bool:
        postmaster = self.postmaster
        if postmaster is None:
            return False
        with step(f"stopping the server on port {postmaster.port}"):
            send(postmaster.pid, signal.SIGINT)  # PostgreSQL's "fast shutdown"
            if wait_for_end([postmaster.pid], STOP_SECONDS):
                return True
        raise EmbeddedError(
            f"the server (process {postmaster.pid}) did not stop within {STOP_SECONDS} s",
            f"see its log in {self.log}",
        )

    def _end_servers(self) -> None:
        """End every server on a data directory that was or will be deleted."""
        pids = postmasters_on(self.data)
        for pid in pids:
            send(pid, signal.SIGQUIT)  # PostgreSQL's "immediate shutdown"
        if not wait_for_end(pids, LEFTOVER_SECONDS):
            for pid in pids:
                send(pid, signal.SIGKILL)
            wait_for_end(pids, LEFTOVER_SECONDS)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
