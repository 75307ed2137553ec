"""Run dbt in this process: create and complete the bulk-load table, build and test the models."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.database.session import (
    DISK_FULL,
    LIMIT_EXCEEDED,
    NO_CONNECTION_LEFT,
    OUT_OF_MEMORY,
    RESOURCES,
    TOO_MANY_CONNECTIONS,
)
from loader.errors import DatabaseError, DbtFailedError, LoaderError, LockedError
from loader.resources import as_resource_error, least_free
from loader.sql import statement
from loader.transform.dbt_sessions import dbt_environment
from loader.transform.unchanged import is_unchanged, record_project

Progress = Callable[[int, int], None]
"""Receives how many more nodes are done, and how many there are."""

Warn = Callable[[str], None]

COMPARED = "HEART_RATE_COMPARED"
"""Read by the macro refuse_to_lose_history."""


OPERATION_ERRORS = ("RunningOperationCaughtError", "RunningOperationUncaughtError")

LOCKED_WORDS = ("of waiting for a lock on", "canceling statement due to lock timeout")
"""How the macro ``patiently`` and servers report a lock that could not be taken."""

RESOURCE_WORDS = {
    "No space left on device": RESOURCES[DISK_FULL][1],
    "out of memory": RESOURCES[OUT_OF_MEMORY][1],
    "out of shared memory": RESOURCES[OUT_OF_MEMORY][1],
    "temporary file size exceeds": RESOURCES[LIMIT_EXCEEDED][1],
    **dict.fromkeys(NO_CONNECTION_LEFT, RESOURCES[TOO_MANY_CONNECTIONS][1]),
}
"""How servers report that they lack something, and what to do."""


def make_bulk_load_table(settings: Settings, session: Connection) -> None:
    """Create ``staging.heart_rate_bulk_load`` with dbt: an empty hypertable like heart_rate.

    Raises:
        DbtFailedError, KeyboardInterrupt: as in ``build``.
    """
    _invoke(settings, session, "run-operation", "make_bulk_load_table")


def complete_bulk_load_table(
    settings: Settings, session: Connection, *, keep_readings: bool
) -> None:
    """Add the primary key of heart_rate to the filled bulk-load table with dbt.

    Args:
        keep_readings: also copy the readings of heart_rate that the table doesn't replace.

    Raises:
        DbtFailedError, KeyboardInterrupt: as in ``build``.
    """
    arguments = ["--args", "keep_readings: true"] if keep_readings else []
    _invoke(settings, session, "run-operation", "complete_bulk_load_table", *arguments)


def build(
    settings: Settings,
    session: Connection,
    *,
    full_refresh: bool = False,
    progress: Progress | None = None,
    warn: Warn | None = None,
) -> None:
    """Build every model and run every data test, but no seed or view that is unchanged.

    Args:
        progress: is called for each model, seed and test that is done.
        warn: is called with the warnings of macros.

    Raises:
        DbtFailedError: names the first model or test that failed and the log to read.
        KeyboardInterrupt: dbt was interrupted; it cancels what its sessions are doing.
    """
    unchanged = not full_refresh and is_unchanged(settings, session)
    selector = "nightly_unchanged" if unchanged else "nightly"
    option = ["--full-refresh"] if full_refresh else []
    command = ["build", "--selector", selector, *option]
    with _compared():
        _invoke(settings, session, *command, progress=progress, warn=warn)
    if not unchanged:
        record_project(settings, session)


def rebuild_marts(
    settings: Settings, session: Connection, progress: Progress | None = None
) -> None:
    """Rebuild the marts from heart_rate, which stays as it is.

    Args:
        progress: as in ``build``.

    Raises:
        DbtFailedError, KeyboardInterrupt: as in ``build``.
    """
    command = ["build", "--full-refresh", "--select", "tag:daily"]
    _invoke(settings, session, *command, "--exclude-resource-type", "unit_test", progress=progress)
    with session, session.cursor() as cursor:
        cursor.execute(statement("transform/drop_removed_models"))


@contextmanager
def _compared() -> Iterator[None]:
    """Tell dbt's guard of a full refresh that the loader has compared the table with its files.

    An environment variable: one of dbt's own would make dbt parse the project again.
    """
    os.environ[COMPARED] = "yes"
    try:
        yield
    finally:
        del os.environ[COMPARED]


@contextmanager
def _garbage_collected_later(*, is_last: bool) -> Iterator[None]:
    """Suspend the garbage collector while dbt runs.

    Its passes over dbt's many small objects take a seventh of dbt's time in a new process, a third
    in one that has run dbt before. Without them a night needs 15 MB more: dbt's memory depends on
    the project, not on the readings.

    Args:
        is_last: leave dbt's objects to the end of the process, instead of a pass over all of them
            (0.1 s) right after dbt.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_last:
            gc.freeze()
        if enabled:
            gc.enable()


def _invoke(
    settings: Settings,
    session: Connection,
    *command: str,
    progress: Progress | None = None,
    warn: Warn | None = None,
) -> None:
    """Run a dbt command on the database of ``session``.

    Raises:
        DbtFailedError, KeyboardInterrupt: as ``build``.
    """
    is_last = command[0] == "build"
    with _garbage_collected_later(is_last=is_last), dbt_environment(session, settings.lock_wait):
        # Imported here: it costs a second, and most nights nothing is staged.
        from dbt.cli.main import dbtRunner

        errors: list[str] = []
        outcome = dbtRunner(callbacks=[_listener(errors, progress, warn)]).invoke(
            [
                *command,
                *("--project-dir", str(settings.dbt_project_dir)),
                *("--profiles-dir", str(settings.dbt_profiles_dir)),
                *("--log-path", str(settings.log_dir)),
                *("--log-level", "none", "--log-level-file", "info", "--no-use-colors"),
            ]
        )
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if not outcome.success:
        results = list(getattr(outcome.result, "results", []))
        raise _failure(settings, outcome.exception, results, errors)


def _listener(
    errors: list[str], progress: Progress | None, warn: Warn | None
) -> Callable[[Any], None]:
    """A callback for dbt's events, which come from any of its threads.

    Args:
        errors: receives the errors of ``run-operation``, which aren't in dbt's results.
        progress, warn: as in ``build``.
    """
    total = 0

    def hear(event: Any) -> None:
        nonlocal total
        name, data = event.info.name, event.data
        if name in OPERATION_ERRORS:
            errors.append(" ".join(str(data.exc).split()))
        elif name == "ConcurrencyLine":
            total = data.node_count
        elif name == "NodeFinished" and progress is not None:
            progress(1, total)
        elif name == "JinjaLogWarning" and warn is not None:
            warn(str(data.msg))

    return hear


def _failure(
    settings: Settings,
    exception: BaseException | None,
    results: list[object],
    operation_errors: list[str],
) -> LoaderError:
    hint = (
        f"see {settings.log_dir / 'dbt.log'}, fix the cause and run again; the state is unchanged"
    )
    for error in operation_errors:
        what = f"dbt run-operation: {error}"
        return _server_failure(what) or DbtFailedError(what, hint)
    for result in results:
        status = str(getattr(result, "status", ""))
        if status in ("error", "fail", "runtime error"):
            node = getattr(result, "node", None)
            message = _assertions(result) or " ".join(str(getattr(result, "message", "")).split())
            kind = getattr(node, "resource_type", "node")
            what = f"dbt {kind} {getattr(node, 'name', '?')}: {message}"
            return _server_failure(what) or DbtFailedError(what, hint)
    lacking = as_resource_error(exception, *_written_to(settings), settings.duckdb_memory)
    if lacking is not None:
        return lacking
    reason = " ".join(str(exception).split()) if exception else "no reason given"
    what = f"dbt could not run: {reason}"
    return _server_failure(what) or DbtFailedError(what, hint)


def _assertions(result: object) -> str:
    """Which assertions of a data test failed (macros/data_tests); empty if it names none."""
    response = getattr(result, "adapter_response", None) or {}
    return str(response["_message"]) if response.get("code") == "FAILED ASSERTIONS" else ""


def _written_to(settings: Settings) -> tuple[Path, str]:
    """The folder to which dbt writes on this machine whose disk has the least space."""
    target = Path(os.environ.get("DBT_TARGET_PATH") or settings.dbt_project_dir / "target")
    return least_free({"LOG_DIR": settings.log_dir, "DBT_TARGET_PATH": target})


def _server_failure(what: str) -> LoaderError | None:
    """The error if a lock or a resource was missing; None if the cause is another.

    By the server's words (in English): dbt keeps no SQLSTATE.
    """
    if any(words in what for words in LOCKED_WORDS):
        return LockedError(
            what, "ask them to end that transaction, then run the command again; nothing is lost"
        )
    for words, hint in RESOURCE_WORDS.items():
        if words in what:
            return DatabaseError(what, f"{hint}; nothing is lost, then run again")
    return None
