"""Run dbt in this process: ``dbt build`` over everything but unit tests."""

import json
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from loader.errors import DbtFailedError
from loader.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

WORTH_PREPARING = 50_000_000
"""Bytes to read above which reading leaves time to get dbt ready; below, both want the same CPU."""

SESSION_OPTIONS = "-c timezone=UTC -c client_connection_check_interval=1000"
"""For dbt's sessions, by PGOPTIONS: a killed run's merge ends within a second (PostgreSQL 14)."""


@dataclass(frozen=True)
class DbtRun:
    """What dbt did: how many models it built and how many data tests it passed."""

    models: int
    tests: int


class Preparation:
    """dbt's start (imports, parsing the project) in a thread, while the files are read and staged.

    Nothing is sent to the database. An error here is left for ``build``, which then does the same
    work itself and says what is wrong.
    """

    def __init__(self, settings: Settings, *, allow_shrink: bool = False) -> None:
        self._arguments = _arguments(settings, "parse", allow_shrink)
        self._manifest: Manifest | None = None
        # No daemon: the process waits a moment for it at its end rather than tear it apart.
        self._thread = Thread(target=self._prepare, name="dbt preparation")
        self._thread.start()

    def manifest(self) -> "Manifest | None":
        """The parsed project, once it is ready; None where that failed."""
        self._thread.join()
        return self._manifest

    def _prepare(self) -> None:
        with suppress(Exception):
            from dbt.cli.main import dbtRunner

            outcome = dbtRunner().invoke(self._arguments)
            self._manifest = outcome.result if outcome.success else None  # type: ignore[assignment]


def build(
    settings: Settings,
    *,
    full_refresh: bool = False,
    allow_shrink: bool = False,
    preparation: Preparation | None = None,
) -> DbtRun:
    """Build every model and run every data test.

    Raises:
        DbtFailedError: names the first model or test that failed and the log to read.
        KeyboardInterrupt: dbt was interrupted; it cancels what its sessions are doing.
    """
    manifest = preparation.manifest() if preparation else None
    # Imported here: it costs a second, and most nights nothing is staged.
    from dbt.cli.main import dbtRunner

    arguments = _arguments(settings, "build", allow_shrink)
    arguments += ["--exclude-resource-type", "unit_test"]
    if full_refresh:
        arguments.append("--full-refresh")
    outcome = dbtRunner(manifest).invoke(arguments)
    results = list(getattr(outcome.result, "results", []))
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if not outcome.success:
        raise _failure(settings, outcome.exception, results)
    return DbtRun(
        models=sum(result.node.resource_type == "model" for result in results),
        tests=sum(result.node.resource_type == "test" for result in results),
    )


def _arguments(settings: Settings, command: str, allow_shrink: bool) -> list[str]:
    return [
        command,
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
        *(["--vars", json.dumps({"allow_shrink": True})] if allow_shrink else []),
    ]


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
