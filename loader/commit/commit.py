"""Commit a run: the ledger in one transaction, then the state file."""

from datetime import datetime
from pathlib import Path

from loader.console import Step
from loader.find.plan import Plan
from loader.ledger.known_files import latest_reading
from loader.ledger.record import record
from loader.ledger.runs import RunEnd, end_run
from loader.ledger.state import read_state, write_state
from loader.mode import Mode
from loader.run import Run
from loader.sql import statement


def commit(run: Run, plan: Plan, outcome: str) -> datetime | None:
    """Record what a run found and did.

    Args:
        run: whose counts are complete.
        plan: what was read and left out.
        outcome: ok or nothing new; a run with an error of a file is recorded as failed.

    Returns:
        The latest timestamp ever ingested (UTC); None if there is none.

    Raises:
        BrokenInvariantError: not every row read is accounted for.
    """
    run.counts.check()
    with run.watch.step(Step.COMMIT, "committing the ledger and the state"):
        watermark = _record(run, plan, outcome)
        run.reporter.step(Step.STATE, "writing the state")
        if watermark is not None and not plan.findings.errors:
            _write_if_new(run.settings.state_file, watermark)
    return watermark


def _record(run: Run, plan: Plan, outcome: str) -> datetime | None:
    failed = "; ".join(str(error) for error in plan.findings.errors) or None
    identity = run.store.identity()
    everything = run.mode in (Mode.RECONCILE, Mode.REBUILD)
    with run.session, run.session.cursor() as cursor:
        record(cursor, run.run_id, plan.update)
        if outcome == "ok":
            cursor.execute(statement("commit/limits_are_in_marts"))
        if run.mode is Mode.REBUILD:
            cursor.execute(statement("commit/forget_missing_days"))
            cursor.execute(statement("commit/mark_dropped_days"), {"run_id": run.run_id})
        if (everything or run.counts.moved) and identity is not None:
            run.store.reset_watermarks(cursor)
        cursor.execute(
            statement("commit/commit_merges"),
            {"run_id": run.run_id, "everything": everything and not plan.findings.faults},
        )
        latest = latest_reading(run.session)
        watermark = latest[1] if latest else None
        end = RunEnd(
            outcome="failed" if failed else outcome,
            counts=run.counts,
            seconds=run.watch.seconds,
            last_ok_run=None if failed else watermark,
            heart_rate_oid=identity,
            error=failed,
        )
        end_run(run.session, run.run_id, end)
    return watermark


def _write_if_new(state_file: Path, watermark: datetime) -> None:
    if read_state(state_file).last_ok_run != watermark:
        write_state(state_file, watermark)
