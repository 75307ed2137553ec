"""Run dbt in this process: ``dbt build`` over everything but unit tests."""

import json
from dataclasses import dataclass

from loader.errors import DbtFailedError
from loader.settings import Settings


@dataclass(frozen=True)
class DbtRun:
    """What dbt did: how many models it built and how many data tests it passed."""

    models: int
    tests: int


def build(settings: Settings, *, full_refresh: bool = False, allow_shrink: bool = False) -> DbtRun:
    """Build every model and run every data test.

    Raises:
        DbtFailedError: names the first model or test that failed and the log to read.
        KeyboardInterrupt: dbt was interrupted; it cancels what its sessions are doing.
    """
    # Imported here: it costs a second, and most nights nothing is staged.
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(_arguments(settings, full_refresh, allow_shrink))
    results = list(getattr(outcome.result, "results", []))
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if not outcome.success:
        raise _failure(settings, outcome.exception, results)
    return DbtRun(
        models=sum(result.node.resource_type == "model" for result in results),
        tests=sum(result.node.resource_type == "test" for result in results),
    )


def _arguments(settings: Settings, full_refresh: bool, allow_shrink: bool) -> list[str]:
    return [
        "build",
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
        "--exclude-resource-type",
        "unit_test",
        *(["--full-refresh"] if full_refresh else []),
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
