"""One run: lock, find, read, compare, stage, transform, commit. A crash anywhere loses nothing.

The database is the source of truth for what is loaded. The ledger is written in one transaction
after dbt has succeeded, and ``last_OK_run.json`` after that. If a run ends before, the ledger is
unchanged: the next run finds the same delta, and the merge skips what is already right.
"""

import os

import psycopg2

from loader.commands.archive.archive import archive_after_run
from loader.commands.archive.ledger_of_store import archive_ledger
from loader.commands.archive.request import Archived
from loader.commands.archive.store import ArchiveStore, refuse_too_many_shards
from loader.commands.choose_mode import choose_mode
from loader.commands.opened_store import opened_store, require_table
from loader.commands.run_result import RunResult
from loader.commit.commit import commit
from loader.configuration.settings import Settings
from loader.configuration.stored_in import StoredIn, whole_database
from loader.console import Reporter, Step, Stopwatch
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, heart_rate_oid, prepare, take_lock
from loader.database.shard_ledger import create_shard_ledger
from loader.errors import INTERRUPTED, ArchiveBehindError, LoaderError
from loader.find.incomplete import incomplete_answers
from loader.find.reject_limit import RejectLimit
from loader.find.search import Search
from loader.ledger.data_folder import DataFolder, refuse_other_folder
from loader.ledger.retention import (
    drop_chunks_below_floor,
    end_lowering,
    lower_floor,
    raise_floor,
    read_floor,
)
from loader.ledger.runs import RunEnd, end_run, start_run
from loader.ledger.state import check_writable
from loader.ledger.zone_limits import limits_are_waiting
from loader.mode import Mode
from loader.run import Request, Run
from loader.transform.dbt_sessions import dbt_sessions
from loader.transform.dependents import refuse_to_lose_objects
from loader.transform.marts_settings import (
    have_other_definitions,
    other_settings,
    refuse_default_zone,
)

NO_MARTS = (
    "none in the database: with STORE=archive no dbt runs, and marts are built from the archive"
)


def ingest(settings: Settings, request: Request, reporter: Reporter) -> RunResult:
    """Do one run, from the lock to the commit.

    Raises:
        LoaderError: the run failed; the state is unchanged and the ledger has the reason.
    """
    _refuse_without_table(settings, request)
    check_writable(settings.state_dir, "STATE_DIR")
    check_writable(settings.log_dir, "LOG_DIR")
    watch = Stopwatch(reporter)
    if settings.shard is not None:
        refuse_too_many_shards(settings)
        create_shard_ledger(os.environ, whole_database(os.environ), request.command)
    with connect(os.environ, request.command) as session:
        with watch.step(Step.LOCK, "taking the lock"):
            take_lock(session)
            with locks_watched(settings.lock_wait, reporter.note):
                prepare(session, settings.lock_wait)
        with opened_store(settings, session, request.command, reporter) as store:
            mode = choose_mode(request.mode, settings, session, store, reporter)
            folder = DataFolder.of(settings.data_dir)
            run_id = start_run(session, request.command, mode, folder)
            floor = read_floor(session)
            run = Run(settings, request, reporter, watch, session, store, mode, run_id, floor)
            return _do(run)


def _refuse_without_table(settings: Settings, request: Request) -> None:
    if request.mode is Mode.REBUILD:
        require_table(
            settings,
            "a full refresh",
            "make reconcile compares every file with the archive; to begin again, set ARCHIVE_DIR "
            "to a new folder and PGDATABASE to a new database",
        )
    if request.stage_only:
        require_table(settings, "make load", "make ingest")
    if request.load_dropped:
        require_table(settings, "--load-dropped", "make reconcile")


def _do(run: Run) -> RunResult:
    settings, request = run.settings, run.request
    try:
        _refuse_other_folder(run)
        if request.load_dropped:
            lower_floor(run.session, settings.retention)
            run.floor = read_floor(run.session)
        limit = RejectLimit(request.max_rejected)
        search = Search(settings, run.session, run.mode, limit, run.store.is_ours)
        with locks_watched(settings.lock_wait, run.reporter.note, dbt_sessions):
            result = _find_and_load(run, search)
        if run.mode is not Mode.DELTA:
            end_lowering(run.session)
    except BaseException as error:
        _record_failure(run, error)
        raise
    if settings.archive_dir is not None and not request.stage_only:
        with locks_watched(settings.lock_wait, run.reporter.note):
            _archive(run, result)
    if not request.stage_only:
        _drop(run, result)
    return result


def _refuse_other_folder(run: Run) -> None:
    request = run.request
    if request.new_data_dir:
        return
    option = " --allow-shrink" if request.allow_shrink else ""
    commands = {Mode.REBUILD: "full-refresh", Mode.RECONCILE: "reconcile"}
    command = commands.get(request.mode, request.command)
    arguments = f"'--new-data-dir{option}'" if option else "--new-data-dir"
    refuse_other_folder(run.session, run.settings.data_dir, f"make {command} ARGS={arguments}")


def _find_and_load(run: Run, search: Search) -> RunResult:
    is_table = run.settings.stored_in is StoredIn.TABLE
    if is_table and run.mode is Mode.REBUILD:
        refuse_to_lose_objects(run.session)
    elif is_table and not run.request.stage_only:
        _rebuild_marts_of_other_definitions(run)
    with run.watch.step(Step.FIND, "looking for new readings"):
        plan = search.run()
        run.counts.files_seen = len(plan.files)
        run.counts.files_passed_over = plan.findings.files_passed_over
        if run.mode is Mode.REBUILD:
            plan.findings.require_all()
    outcome, archived = "nothing new", None
    if plan.parts or limits_are_waiting(run.session):
        outcome, archived = _load(run, search)
    plan.findings.incomplete = incomplete_answers(
        plan.present_files, [*search.names_without_data, *plan.left_out]
    )
    watermark = None
    if outcome == "staged":
        end_run(run.session, run.run_id, RunEnd(outcome, run.counts, run.watch.seconds))
    else:
        watermark = commit(run, plan, outcome)
    return RunResult(
        run_id=run.run_id,
        outcome=outcome,
        counts=run.counts,
        seconds=run.watch.seconds,
        last_ok_run=watermark,
        mode=run.mode,
        findings=plan.findings,
        update=plan.update,
        data_dir=run.settings.data_dir,
        marts=other_settings(run.session, run.settings) if is_table else NO_MARTS,
        stored_in=run.store.name,
        archived=archived,
    )


def _load(run: Run, search: Search) -> tuple[str, Archived | None]:
    """Load what is planned; DuckDB, Arrow and NumPy are imported only for that.

    Returns:
        The outcome, and what was written if the readings are in an archive.
    """
    if isinstance(run.store, ArchiveStore):
        from loader.commands.archive.load import load_into_archive

        return load_into_archive(run, search, run.store)
    from loader.commands.load import load

    refuse_default_zone(run.settings)
    return load(run, search), None


def _archive(run: Run, result: RunResult) -> None:
    """Update the archive after the readings are committed: an error affects only the archive."""
    try:
        if isinstance(run.store, ArchiveStore):
            archive_ledger(run.store)
            return
        with run.watch.step(Step.ARCHIVE, f"writing the archive {run.settings.archive_dir}"):
            result.archived = archive_after_run(run.settings, run.session, run.reporter)
    except ArchiveBehindError as error:
        result.archive_error = error


def _drop(run: Run, result: RunResult) -> None:
    """Drop readings that are older than the setting allows, after the run is committed."""
    retention = run.settings.retention
    if (run.floor is None and retention is None) or heart_rate_oid(run.session) is None:
        return
    # An archive first gets what the table is about to lose.
    if retention is not None and result.archive_error is None:
        raise_floor(run.session, retention)
    with run.watch.step(Step.RETENTION, "dropping old chunks"):
        result.dropped = drop_chunks_below_floor(run.session)


def _rebuild_marts_of_other_definitions(run: Run) -> None:
    """After an upgrade of the project: rows of two definitions in one mart can't be compared.

    Without heart_rate there is nothing to rebuild them from; then the bulk load does it.
    """
    if heart_rate_oid(run.session) is None:
        return
    if not have_other_definitions(run.session, run.settings):
        return
    # dbt takes a second to import, and most runs don't need it here.
    from loader.transform.dbt import rebuild_marts

    with run.watch.step(Step.MARTS, "rebuilding the marts, which an earlier version built"):
        rebuild_marts(run.settings, run.session, run.nodes_done)


def _record_failure(run: Run, error: BaseException) -> None:
    outcome = "failed"
    text = str(error) if isinstance(error, LoaderError) else repr(error)
    if isinstance(error, KeyboardInterrupt):
        outcome, text = "interrupted", INTERRUPTED
    try:
        end = RunEnd(outcome, run.counts, run.watch.seconds, error=text)
        end_run(run.session, run.run_id, end)
    except psycopg2.Error:
        # The server is gone, which is the error being reported; the next run marks this one.
        return
