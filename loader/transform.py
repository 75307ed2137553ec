"""Run dbt in this process: make and key the table to fill; build and test all but unit tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loader.errors import DbtFailedError
from loader.settings import Settings

COMPARED = "HEART_RATE_COMPARED"
"""Read by the macro refuse_to_lose_history."""


@dataclass(frozen=True)
class DbtRun:
    """What dbt did: how many models it built and how many data tests it passed."""

    models: int
    tests: int


def make_whole_table(settings: Settings) -> None:
    """Have dbt make ``staging.heart_rate_whole``, an empty hypertable in the shape of heart_rate.

    Raises:
        DbtFailedError, KeyboardInterrupt: as ``build``.
    """
    _invoke(settings, "run-operation", "make_heart_rate_whole")


def add_key_to_whole_table(settings: Settings) -> None:
    """Have dbt add the key of heart_rate to ``staging.heart_rate_whole``, once it is filled.

    Raises:
        DbtFailedError, KeyboardInterrupt: as ``build``.
    """
    _invoke(settings, "run-operation", "add_key_to_heart_rate_whole")


def build(settings: Settings, *, full_refresh: bool = False) -> DbtRun:
    """Build every model and run every data test.

    Raises:
        DbtFailedError: names the first model or test that failed and the log to read.
        KeyboardInterrupt: dbt was interrupted; it cancels what its sessions are doing.
    """
    with _compared():
        results = _invoke(
            settings,
            "build",
            "--exclude-resource-type",
            "unit_test",
            *(["--full-refresh"] if full_refresh else []),
        )
    return DbtRun(
        models=sum(result.node.resource_type == "model" for result in results),
        tests=sum(result.node.resource_type == "test" for result in results),
    )


@contextmanager
def _compared() -> Iterator[None]:
    """Tell the guard of a full refresh in dbt that the loader has asked (run.py).

    A variable of the environment and not one of dbt's: those would have the project parsed anew.
    """
    os.environ[COMPARED] = "yes"
    try:
        yield
    finally:
        del os.environ[COMPARED]


def _invoke(settings: Settings, *command: str) -> list[Any]:
    """Run a command of dbt; returns what it says of each node.

    Raises:
        DbtFailedError, KeyboardInterrupt: as ``build``.
    """
    # Imported here: it costs a second, and most nights nothing is staged.
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(
        [
            *command,
            "--project-dir",
            str(settings.dbt_project_dir),
            "--profiles-dir",
            str(settings.dbt_profiles_dir),
            "--log-path",
            str(settings.log_dir),
            "--log-level",
            "none",
            "--log-level-file",
            "info",
            "--no-use-colors",
        ]
    )
    results = list(getattr(outcome.result, "results", []))
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if not outcome.success:
        raise _failure(settings, outcome.exception, results)
    return results


def _failure(
    settings: Settings, exception: BaseException | None, results: list[object]
) -> DbtFailedError:
    hint = (
        f"see {settings.log_dir / 'dbt.log'}, mend the cause and run again; the state is unchanged"
    )
    for result in results:
        status = str(getattr(result, "status", ""))
        if status in ("error", "fail", "runtime error"):
            node = getattr(result, "node", None)
            message = " ".join(str(getattr(result, "message", "")).split())
            kind = getattr(node, "resource_type", "node")
            return DbtFailedError(f"dbt {kind} {getattr(node, 'name', '?')}: {message}", hint)
    reason = " ".join(str(exception).split()) if exception else "no reason given"
    return DbtFailedError(f"dbt could not run: {reason}", hint)
