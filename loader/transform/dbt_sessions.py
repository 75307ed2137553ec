"""The sessions of dbt, which runs in this process: their settings and server processes."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.database.session import SESSION_SETTINGS
from loader.sql import statement

LOCK_WAIT = "fitbit.lock_wait"
"""A setting of ours, in seconds, which the macro `patiently` reads."""

LATER = 30.0
"""Seconds by which dbt gives up later than the watch (lock_watch.py), which explains the wait."""


@contextmanager
def dbt_environment(session: Connection, lock_wait: float) -> Iterator[None]:
    """Give dbt's sessions the settings of the loader's own sessions, whatever the user's are.

    dbt connects by libpq, which reads them from the environment. Poolers refuse options at the
    start of a session; what they pass on has variables of its own.

    Args:
        session: the loader's own session.
        lock_wait: how many seconds the strong locks of dbt may be waited for.
    """
    variables = {"PGCLIENTENCODING": "UTF8", "PGTZ": "UTC", "PGDATESTYLE": "ISO, YMD"}
    options = _options(session, lock_wait)
    # A run writes the default target's tables, also in a shell that is set up for development.
    with _environment({**variables, "PGOPTIONS": options, "DBT_TARGET": None}):
        yield


def dbt_sessions() -> list[int]:
    """The server processes of the sessions that dbt has open in this process; of any thread."""
    # It doesn't exist before dbt is imported, or while that is going on.
    factory = getattr(sys.modules.get("dbt.adapters.factory"), "FACTORY", None)
    processes = []
    for adapter in list(factory.adapters.values()) if factory else []:
        for opened in list(adapter.connections.thread_connections.values()):
            # Reading the handle of a connection that isn't open yet would open it.
            if opened.state == "open":
                try:
                    processes.append(opened.handle.info.backend_pid)
                except psycopg2.Error:
                    continue
    return processes


def _options(session: Connection, lock_wait: float) -> str:
    if query.value(session, "select pg_backend_pid()") != session.info.backend_pid:
        return ""
    known = query.rows(session, statement("transform/known_settings"), (list(SESSION_SETTINGS),))
    settings = dict(known)
    settings |= {"standard_conforming_strings": "on", LOCK_WAIT: f"{lock_wait + LATER:.0f}"}
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


@contextmanager
def _environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
