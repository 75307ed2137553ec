"""The connection to Postgres: helpful errors, the lock of a run, the loader's schemas."""

import hashlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.compressed_chunks import refuse_compressed_chunks
from loader.database.lock_wait import DEFAULT_LOCK_WAIT, execute_patiently
from loader.database.pooler import make_sure_of_own_server_process
from loader.errors import DatabaseError, LoaderError, LockedError
from loader.sql import statement

LOCK_KEY = (0x66697462, 0x68727400)
"""The two halves of the advisory lock that every writing command holds ("fitb", "hrt")."""

LOCK_GRACE = 3.0
"""Seconds that a command waits for the lock of a run that may just have died: its server process
notices within ``client_connection_check_interval``."""

APPLICATION = "fitbit-loader"
"""How the application_name of every session of ours begins."""

INSUFFICIENT_PRIVILEGE = "42501"
READ_ONLY = "25006"
DISK_FULL = "53100"
OUT_OF_MEMORY = "53200"
TOO_MANY_CONNECTIONS = "53300"
LIMIT_EXCEEDED = "53400"
LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"

SESSION_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "client_min_messages": "warning",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    # A large load takes as long as it takes; waiting for a lock is limited by lock_wait.py.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    # A killed run's statements must not outlive it (PostgreSQL 14), or the next one waits.
    "client_connection_check_interval": "1000",
}
"""The settings of every session, which replace those of the role, the database and PGOPTIONS: the
stored data must not depend on them, and a timeout that is meant for people must not end a load.
``standard_conforming_strings`` isn't among them, because psycopg2 keeps its value from the start of
the session."""

RESOURCES = {
    DISK_FULL: ("the disk of the database server is full", "free some space on the server"),
    OUT_OF_MEMORY: (
        "the database server is out of memory",
        "give the server more memory, or lower its work_mem or max_connections",
    ),
    TOO_MANY_CONNECTIONS: (
        "the database server has no connection left",
        "end other connections or raise max_connections",
    ),
    LIMIT_EXCEEDED: (
        "a limit of the database server was exceeded",
        "raise the limit that it names (temp_file_limit, for example) for this role",
    ),
}
"""What a lack of resources on the server means, by SQLSTATE: what happened, and what to do."""

SCHEMA = ("schema", "dependents", "staging")
"""The statements that create and upgrade the schemas, in order: by the functions of dependents.sql
staging.sql carries over what others built on a relation that it replaces."""

EXTENSION_HINT = (
    "install it (Debian 13: apt install postgresql-17-timescaledb; Docker: timescale/timescaledb), "
    "then as a superuser: create extension timescaledb"
)


NO_CONNECTION_LEFT = (
    "too many clients",
    "too many connections",
    "connection slots are reserved",
    "no more connections allowed",
)
"""How servers and poolers say that they are full, at the start of a connection."""


@contextmanager
def connect(environ: Mapping[str, str], command: str) -> Iterator[Connection]:
    """Open an autocommit session in UTC; closed at the end, with it the lock.

    Every psycopg2 error raised inside leaves as a ``DatabaseError`` or a ``LockedError``.

    Raises:
        DatabaseError: no server is named, it can't be reached, it turned us away, a pooler
            between us and it does not keep a session on one server process, or the server can't
            read its compressed chunks.
    """
    with _session(environ, command) as session:
        make_sure_of_own_server_process(
            session, lambda asynchronous: _open(environ, command, asynchronous=asynchronous)
        )
        _use_own_settings(session)
        refuse_compressed_chunks(session)
        yield session


@contextmanager
def connect_again(environ: Mapping[str, str], command: str) -> Iterator[Connection]:
    """One more session for a command that has one by ``connect`` already; errors as there."""
    with _session(environ, command) as session:
        _use_own_settings(session)
        yield session


def prepare(session: Connection, lock_wait: float = DEFAULT_LOCK_WAIT) -> None:
    """Make sure of TimescaleDB, of the encoding, and of the schemas ``staging`` and ``ingest``.

    Args:
        lock_wait: how many seconds to wait for the locks of the schema's tables.

    Raises:
        DatabaseError: the database can't hold every text, the extension is missing and can't be
            created, or rights are missing.
    """
    _require_utf8(session)
    _require_timescaledb(session)
    schema = "".join(statement(f"database/{name}") for name in SCHEMA)
    version = hashlib.sha256(schema.encode()).hexdigest()
    if query.value(session, statement("database/has_schema"), {"version": f"%{version}"}):
        return
    try:
        with session, session.cursor() as cursor:
            cursor.execute(statement("database/reader_role"))
            execute_patiently(cursor, schema, lock_wait)
            cursor.execute("comment on schema ingest is %s", (f"The ledger, schema.sql {version}",))
    except psycopg2.Error as error:
        if error.pgcode == INSUFFICIENT_PRIVILEGE:
            raise DatabaseError(
                f"this role may not create what the loader needs ({_first_line(error)})",
                "run scripts/roles.sql as a superuser, or use the owner of the database",
            ) from error
        raise


def take_lock(session: Connection) -> None:
    """Take the advisory lock that one run at a time holds; it goes with the session.

    Raises:
        LockedError: another run has held it for ``LOCK_GRACE`` seconds; names that run.
    """
    deadline = time.monotonic() + LOCK_GRACE
    while not query.value(session, "select pg_try_advisory_lock(%s, %s)", LOCK_KEY):
        if time.monotonic() > deadline:
            holder = query.row(session, statement("database/lock_holder"), LOCK_KEY)
            who = f"{holder[0]}, since {holder[1]}" if holder else "it has just ended"
            raise LockedError(
                f"another run holds the lock: {who}",
                "wait for it to end, then run the command again",
            )
        time.sleep(0.1)


def heart_rate_oid(session: Connection) -> int | None:
    """The identity of ``public.heart_rate`` (a rebuild changes it), None if there is no table."""
    oid: int | None = query.value(session, "select to_regclass('public.heart_rate')::oid::bigint")
    return oid


def _require_timescaledb(session: Connection) -> None:
    if query.rows(session, "select 1 from pg_extension where extname = 'timescaledb'"):
        return
    try:
        with session.cursor() as cursor:
            cursor.execute("create extension timescaledb")
    except psycopg2.Error as error:
        raise DatabaseError(
            f"TimescaleDB is missing from this database ({_first_line(error)})", EXTENSION_HINT
        ) from error


def _require_utf8(session: Connection) -> None:
    encoding = session.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        name = session.info.dbname
        raise DatabaseError(
            f"the database {name} is encoded in {encoding}, which can't hold every file's text",
            "make one in UTF8 and set PGDATABASE to it: "
            "create database fitbit_utf8 encoding 'UTF8' template template0 locale 'C.UTF-8'",
        )


@contextmanager
def _session(environ: Mapping[str, str], command: str) -> Iterator[Connection]:
    if not environ.get("PGHOST"):
        raise DatabaseError(
            "no database is named: PGHOST is not set",
            "use make ingest, which starts one, or first: . scripts/activate.sh",
        )
    try:
        session = _open(environ, command)
    except psycopg2.Error as error:
        raise _cant_connect(error, environ) from error
    try:
        yield session
    except psycopg2.Error as error:
        raise as_loader_error(error) from error
    finally:
        session.close()


def _open(environ: Mapping[str, str], command: str, *, asynchronous: bool = False) -> Connection:
    session = psycopg2.connect(
        dbname=environ.get("PGDATABASE") or "fitbit",
        application_name=f"{APPLICATION} {command}, {_this_process()}",
        client_encoding="UTF8",
        connect_timeout=int(environ.get("PGCONNECT_TIMEOUT") or 10),
        # Empty, so that PGOPTIONS doesn't apply. Our own settings follow once it is known that no
        # pooler passes them to another client (and poolers refuse options at the start).
        options="",
        async_=asynchronous,
    )
    if not asynchronous:
        session.autocommit = True
    return session


def _use_own_settings(session: Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute(
            statement("database/session_settings"),
            {"names": list(SESSION_SETTINGS), "values": list(SESSION_SETTINGS.values())},
        )


def own_sessions() -> str:
    """How the application_name of this process's sessions begins, as a pattern of ``like``."""
    return f"{APPLICATION} %, pid {os.getpid()} on %"


def _this_process() -> str:
    return f"pid {os.getpid()} on {socket.gethostname()}"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _cant_connect(error: psycopg2.Error, environ: Mapping[str, str]) -> DatabaseError:
    where = f"{environ.get('PGHOST')}:{environ.get('PGPORT') or 5432}"
    reason = _first_line(error)
    # libpq reports a refused login without its SQLSTATE, so the message is all there is to go by.
    if "password" in reason or "authentication" in reason:
        user = environ.get("PGUSER") or "the current user"
        return DatabaseError(
            f"the database at {where} refused the password of {user}",
            "correct PGUSER and PGPASSWORD",
        )
    if any(words in reason for words in NO_CONNECTION_LEFT):
        what, hint = RESOURCES[TOO_MANY_CONNECTIONS]
        return DatabaseError(f"{what} at {where} ({reason.split('FATAL:')[-1].strip()})", hint)
    if "does not exist" in reason:
        return DatabaseError(
            f"{reason.split('FATAL:')[-1].strip()} at {where}", "correct PGDATABASE or PGUSER"
        )
    if "unsupported startup parameter" in reason:
        return DatabaseError(
            f"the pooler at {where} refuses a parameter ({reason.split('FATAL:')[-1].strip()})",
            "unset the variable of libpq that asks for it (PGOPTIONS, PGGEQO), or set PGHOST and "
            "PGPORT to the server itself",
        )
    return DatabaseError(
        f"no database answers at {where} ({reason.split(': ')[-1]})",
        "start it (make db-start, docker compose up -d) or correct PGHOST and PGPORT",
    )


def as_loader_error(error: psycopg2.Error) -> LoaderError:
    """The error to show for a failed statement."""
    said = _first_line(error)
    if error.pgcode in RESOURCES:
        what, hint = RESOURCES[error.pgcode]
        return DatabaseError(f"{what} ({said})", f"{hint}; nothing is lost, then run again")
    if error.pgcode == LOCK_NOT_AVAILABLE:
        return LockedError(f"a lock could not be obtained ({said})", "run the command again later")
    if error.pgcode == QUERY_CANCELED:
        return DatabaseError(
            f"the server canceled a statement of the run ({said})",
            "nothing is lost: run the command again",
        )
    if error.pgcode == READ_ONLY:
        return DatabaseError(
            f"the server accepts no writes ({said})",
            "a standby is read-only: set PGHOST and PGPORT to the primary server",
        )
    if isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return DatabaseError(
            f"the database went away during the run ({said})",
            "nothing is lost: run the command again when the server is up",
        )
    return DatabaseError(
        f"the database refused a statement ({error.pgcode}: {said})",
        "nothing was committed: run again with --debug to see where",
    )
