"""The connection to Postgres: errors a person can act on, the lock, the loader's own schemas."""

import hashlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.errors import DatabaseError, LockedError
from loader.sql import statement

LOCK_KEY = (0x66697462, 0x68727400)
"""The two halves of the advisory lock that every writing command holds ("fitb", "hrt")."""

INVALID_PASSWORD = "28P01"
INVALID_AUTHORIZATION = "28000"
UNDEFINED_DATABASE = "3D000"
INSUFFICIENT_PRIVILEGE = "42501"

EXTENSION_HINT = (
    "install it (Debian 13: apt install postgresql-17-timescaledb; Docker: timescale/timescaledb), "
    "then as a superuser: create extension timescaledb"
)


@contextmanager
def connect(environ: Mapping[str, str], command: str) -> Iterator[Connection]:
    """Open an autocommit session in UTC; closed at the end, with it the lock.

    Every psycopg2 error raised inside leaves as a ``DatabaseError``.

    Raises:
        DatabaseError: no server is named, it can't be reached, or it turned us away.
    """
    if not environ.get("PGHOST"):
        raise DatabaseError(
            "no database is named: PGHOST is not set",
            "use make ingest, which starts one, or first: . scripts/activate.sh",
        )
    try:
        session = psycopg2.connect(
            dbname=environ.get("PGDATABASE") or "fitbit",
            application_name=f"fitbit-loader {command}, {_this_process()}",
            connect_timeout=int(environ.get("PGCONNECT_TIMEOUT") or 10),
            # A killed run's statements must not outlive it (PostgreSQL 14), or the next one waits.
            options="-c timezone=UTC -c client_min_messages=warning "
            "-c client_connection_check_interval=1000",
        )
    except psycopg2.Error as error:
        raise _cant_connect(error, environ) from error
    try:
        session.autocommit = True
        yield session
    except psycopg2.Error as error:
        raise _failed(error) from error
    finally:
        session.close()


def prepare(session: Connection) -> None:
    """Make sure of TimescaleDB and of the schemas ``staging`` and ``ingest``.

    Raises:
        DatabaseError: the extension is missing and can't be created, or rights are missing.
    """
    _require_timescaledb(session)
    schema = statement("postgres/schema") + statement("postgres/dependents")
    version = hashlib.sha256(schema.encode()).hexdigest()
    if _has_schema(session, version):
        return
    try:
        with session, session.cursor() as cursor:
            cursor.execute(statement("postgres/reader_role"))
            cursor.execute(schema)
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
        LockedError: somebody else holds it; says who.
    """
    with session.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", LOCK_KEY)
        if cursor.fetchone() == (True,):
            return
        cursor.execute(statement("postgres/lock_holder"), LOCK_KEY)
        holder = cursor.fetchone()
    who = f"{holder[0]}, since {holder[1]}" if holder else "it has just ended"
    raise LockedError(
        f"another run holds the lock: {who}", "wait for it to end, then run the command again"
    )


def heart_rate_oid(session: Connection) -> int | None:
    """The identity of ``public.heart_rate`` (a rebuild changes it), None if there is no table."""
    with session.cursor() as cursor:
        cursor.execute("select to_regclass('public.heart_rate')::oid::bigint")
        (oid,) = cursor.fetchone() or (None,)
        return None if oid is None else int(oid)


def _has_schema(session: Connection, version: str) -> bool:
    with session.cursor() as cursor:
        cursor.execute(statement("postgres/has_schema"), {"version": f"%{version}"})
        (found,) = cursor.fetchone() or (False,)
        return bool(found)


def _require_timescaledb(session: Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute("select 1 from pg_extension where extname = 'timescaledb'")
        if cursor.fetchone():
            return
        try:
            cursor.execute("create extension timescaledb")
        except psycopg2.Error as error:
            raise DatabaseError(
                f"TimescaleDB is missing from this database ({_first_line(error)})", EXTENSION_HINT
            ) from error


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
    if "does not exist" in reason:
        return DatabaseError(
            f"{reason.split('FATAL:')[-1].strip()} at {where}", "correct PGDATABASE or PGUSER"
        )
    return DatabaseError(
        f"no database answers at {where} ({reason.split(': ')[-1]})",
        "start it (make db-start, docker compose up -d) or correct PGHOST and PGPORT",
    )


def _failed(error: psycopg2.Error) -> DatabaseError:
    if isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return DatabaseError(
            f"the database went away during the run ({_first_line(error)})",
            "nothing is lost: run the command again when the server is up",
        )
    return DatabaseError(
        f"the database refused a statement ({error.pgcode}: {_first_line(error)})",
        "nothing was committed: run again with --debug to see where",
    )
