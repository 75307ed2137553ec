"""One run: lock, find the delta, stage it, dbt, commit. A crash anywhere loses nothing.

What is in is decided by the database alone: the ledger is written in one transaction after dbt
has ended well, and ``last_OK_run.json`` after that. A run that dies before leaves the old ledger,
so the next one finds the same delta again, and the merge leaves alone what is already right.
"""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.compare.delta import Delta, DeltaFinder
from loader.configuration.settings import Settings
from loader.console import Reporter, Step, Stopwatch
from loader.database.lock_watch import locks_watched
from loader.database.session import connect, heart_rate_oid, prepare, take_lock
from loader.errors import LoaderError, ShrinkRefusedError
from loader.ledger import files as ledger
from loader.ledger import runs
from loader.ledger.data_folder import DataFolder, refuse_other_folder
from loader.ledger.row_counts import Counts
from loader.ledger.runs import RunEnd
from loader.ledger.state import State, check_writable, read_state, write_state
from loader.ledger.table_days import (
    TableDay,
    TableDays,
    holds_reading,
    lost_readings,
    table_days_meanwhile,
)
from loader.mode import Mode
from loader.read.reject_limit import RejectLimit
from loader.sql import statement
from loader.transform.dbt_sessions import dbt_sessions
from loader.transform.dependents import refuse_to_lose_objects
from loader.transform.marts_settings import other_settings, refuse_default_zone
from loader.wording import counted

if TYPE_CHECKING:
    from loader.read.scratch import Scratch


@dataclass(frozen=True)
class Request:
    """What a command asks of a run.

    Attributes:
        command: its name, for the ledger and the lock.
        mode: how much to look at.
        stage_only: stop before dbt (``load``); the ledger is left as it was.
        max_rejected: refuse a file above this many rejected rows; None for the default rule.
        allow_shrink: a full refresh may drop readings that are no longer in the files.
        new_data_dir: the data folder may be another one than the last run's.
    """

    command: str = "ingest"
    mode: Mode = Mode.DELTA
    stage_only: bool = False
    max_rejected: int | None = None
    allow_shrink: bool = False
    new_data_dir: bool = False


@dataclass
class RunResult:
    """What a run did, for the summary.

    Attributes:
        run_id: its row in ``ingest.runs``.
        outcome: ok, nothing new or staged.
        counts: what became of the rows.
        seconds: how long each step took.
        last_ok_run: the watermark after the run.
        faults: files that were refused while the others loaded.
        waiting: files whose last line has no newline yet.
        vanished: files that are gone; what they gave stays.
        passed_over: files that no reader claims, seen for the first time, each with what it is.
        read_otherwise: files that are in under another participant or time zone than now.
        data_dir: the folder that was read.
        marts: what to say of the marts' settings, if they are not the present ones.
        sample_kept: how many readings of the sample stay loaded next to the first other files.
        sample_dropped: how many a full refresh left out, because there are other files.
        earlier_sample: a file that is gone and was the sample of an earlier version.
        changing: files that changed while they were read and are left for the next run.
        not_compared: of grown files, how many bytes were not compared with what is known of them.
    """

    run_id: int
    outcome: str
    counts: Counts
    seconds: dict[str, float]
    last_ok_run: datetime | None = None
    faults: list[LoaderError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    read_otherwise: list[str] = field(default_factory=list)
    data_dir: Path | None = None
    marts: str | None = None
    sample_kept: int = 0
    sample_dropped: int = 0
    earlier_sample: str | None = None
    changing: list[str] = field(default_factory=list)
    not_compared: dict[str, int] = field(default_factory=dict)


def ingest(settings: Settings, request: Request, reporter: Reporter) -> RunResult:
    """Do one run, from the lock to the commit.

    Raises:
        LoaderError: the run failed; the state is where it was and the ledger says why.
    """
    check_writable(settings.state_dir, "STATE_DIR")
    check_writable(settings.log_dir, "LOG_DIR")
    watch = Stopwatch(reporter)
    with connect(os.environ, request.command) as session:
        with watch.step(Step.LOCK, "taking the lock"):
            take_lock(session)
            with locks_watched(settings.lock_wait, reporter.note):
                prepare(session, settings.lock_wait)
        run = _Run(settings, request, reporter, watch, session)
        return run.carry_out()


class _Run:
    """One run's settings and session, so that its steps need not hand them around."""

    def __init__(
        self,
        settings: Settings,
        request: Request,
        reporter: Reporter,
        watch: Stopwatch,
        session: Connection,
    ) -> None:
        self._settings = settings
        self._request = request
        self._reporter = reporter
        self._watch = watch
        self._session = session
        self._run_id = 0
        self._mode = request.mode

    def carry_out(self) -> RunResult:
        self._mode = mode = self._choose_mode(read_state(self._settings.state_file))
        folder = DataFolder.of(self._settings.data_dir)
        self._run_id = runs.start_run(self._session, self._request.command, mode, folder)
        limit = RejectLimit(self._request.max_rejected)
        try:
            self._refuse_other_folder()
            finder = DeltaFinder(
                self._settings, self._session, mode, self._reporter.progress, limit
            )
        except LoaderError as error:
            self._record_failure(Counts(), error)
            raise
        try:
            with locks_watched(self._settings.lock_wait, self._reporter.note, dbt_sessions):
                return self._find_and_load(finder, mode)
        except BaseException as error:
            self._record_failure(finder.delta.counts, error)
            raise

    def _refuse_other_folder(self) -> None:
        if self._request.new_data_dir:
            return
        option = " --allow-shrink" if self._request.allow_shrink else ""
        by_hand = {Mode.REBUILD: "full-refresh", Mode.RECONCILE: "reconcile"}
        command = by_hand.get(self._request.mode, self._request.command)
        arguments = f"'--new-data-dir{option}'" if option else "--new-data-dir"
        refuse_other_folder(
            self._session, self._settings.data_dir, f"make {command} ARGS={arguments}"
        )

    def _choose_mode(self, state: State) -> Mode:
        """What was asked for, or a full comparison where the database gives reason for one."""
        if self._request.mode is not Mode.DELTA:
            return self._request.mode
        if runs.has_uncommitted_merge(self._session):
            self._reporter.note(
                "a run merged and died before it could say so: "
                "every file is compared in full with the table"
            )
            return Mode.RECONCILE
        last = runs.last_ok_run(self._session)
        if last is None:
            if state.last_ok_run:
                self._reporter.note(
                    f"{self._settings.state_file.name} says {_utc(state.last_ok_run)}, but this "
                    "database has seen no run: going by the database, everything is loaded"
                )
            return Mode.DELTA
        if not state.exists and last.last_ok_run is not None:
            self._reporter.note(
                f"no {self._settings.state_file.name}: starting over, "
                "every file is compared in full with the table"
            )
            return Mode.RECONCILE
        if state.complaint:
            self._reporter.note(f"{state.complaint}: going by the database")
        elif state.last_ok_run != last.last_ok_run:
            self._reporter.note(
                f"{self._settings.state_file.name} says {_utc(state.last_ok_run)}, the database "
                f"{_utc(last.last_ok_run)}: going by the database"
            )
        if not self._table_is_the_ledgers(last):
            self._reporter.note(
                "the table heart_rate is not as the last run left it: "
                "every file is compared in full with it"
            )
            return Mode.RECONCILE
        return Mode.DELTA

    def _table_is_the_ledgers(self, last: runs.LastRun) -> bool:
        """A look that costs nothing; ``reconcile`` and ``verify`` look at everything."""
        oid = heart_rate_oid(self._session)
        if oid is None or oid != last.heart_rate_oid:
            return oid is None and last.heart_rate_oid is None
        latest = ledger.latest_reading(self._session)
        return latest is None or holds_reading(self._session, *latest)

    def _find_and_load(self, finder: DeltaFinder, mode: Mode) -> RunResult:
        if mode is Mode.REBUILD:
            refuse_to_lose_objects(self._session)
        with self._watch.step(Step.FIND, "looking for new readings"):
            found = finder.plan()
            if mode is Mode.REBUILD:
                finder.delta.require_all()
        if not found:
            return self._finish(finder, "nothing new")
        refuse_default_zone(self._settings)

        # Imported here: DuckDB, NumPy and Arrow are not needed when nothing is new.
        from loader.read.scratch import Scratch

        with (
            self._table_days(mode is Mode.RECONCILE) as held,
            Scratch(self._settings.scratch_dir, self._settings.duckdb_memory) as scratch,
        ):
            with self._watch.step(Step.READ, "reading the files"):
                finder.read(scratch, held)
            # A rebuild from files that give no reading is still one: refused, or an empty table.
            delta = finder.delta
            decided = bool(delta.counts.staged or delta.moved) or mode is Mode.REBUILD
            if not decided:
                return self._finish(finder, "nothing new")
            bulk_load = self._is_bulk_load()
            self._stage(delta, scratch, bulk_load)
            if self._request.stage_only:
                return self._finish_staged(finder)
            given = scratch.settled_days() if self._guarded() else []
        if bulk_load:
            self._add_key(finder.delta.counts, given, finder.delta.sample_days)
        self._transform(finder.delta.counts, mode)
        return self._finish(finder, "ok")

    def _table_days(
        self, wanted: bool, *, parallel: bool = True
    ) -> AbstractContextManager[TableDays | None]:
        """What the table holds, asked for now; None where the run does not compare all of it."""
        if not wanted:
            return nullcontext()
        return table_days_meanwhile(self._request.command, parallel=parallel)

    def _stage(self, delta: Delta, scratch: "Scratch", bulk_load: bool) -> None:
        """Stage the delta, for dbt to merge or as a bulk load to swap in."""
        from loader.stage.staging import stage_bulk_load, stage_delta

        counts = delta.counts
        if bulk_load:
            scratch.give_back_memory()
            self._make_bulk_load_table()
        days = scratch.staged_days()
        counts.first_timestamp = min((day.first_timestamp for day in days), default=None)
        counts.last_timestamp = max((day.last_timestamp for day in days), default=None)

        def progress(done: int) -> None:
            self._reporter.progress("staging", done, counts.staged)

        with self._watch.step(Step.STAGE, f"staging {counted(counts.staged, 'reading')}"):
            if bulk_load:
                stage_bulk_load(
                    self._session,
                    self._request.command,
                    self._run_id,
                    days,
                    scratch.delta_within,
                    progress,
                )
            else:
                stage_delta(
                    self._session,
                    self._run_id,
                    days,
                    scratch.delta(),
                    delta.moved,
                    progress,
                    self._settings.lock_wait,
                )

    def _is_bulk_load(self) -> bool:
        """Whether every reading is staged, for dbt to swap in within this run.

        ``load`` always stages a delta: dbt is run by hand later, perhaps after other runs.
        """
        if self._request.stage_only:
            return False
        return self._mode is Mode.REBUILD or heart_rate_oid(self._session) is None

    def _make_bulk_load_table(self) -> None:
        from loader.stage.staging import unstage
        from loader.transform.dbt import make_bulk_load_table

        with self._watch.step(Step.TABLE, "creating the bulk-load table with dbt"):
            # First, or the batch of a run that died would declare the empty table complete.
            unstage(self._session, self._settings.lock_wait)
            make_bulk_load_table(self._settings, self._session)

    def _add_key(self, counts: Counts, given: Sequence[TableDay], sample: set[TableDay]) -> None:
        """Add the key of the bulk-load table, and compare the old table with the files meanwhile.

        Building the key keeps one core busy, so the comparison has the other one to itself.
        """
        from loader.transform.dbt import add_key_to_bulk_load_table

        with self._table_days(self._guarded(), parallel=False) as held:
            with self._watch.step(Step.KEY, "adding the primary key with dbt"):
                add_key_to_bulk_load_table(self._settings, self._session)
            if held is not None:
                with self._watch.step(Step.GUARD, "making sure that nothing would be lost"):
                    # The sample is in a tracked file: to leave it out loses nothing.
                    kept = [day for day in held.beside(given) if day not in sample]
                    self._refuse_to_shrink(given, counts.staged, kept)

    def _guarded(self) -> bool:
        """Whether the table must not lose a reading to what is staged."""
        return self._mode is Mode.REBUILD and not self._request.allow_shrink

    def _transform(self, counts: Counts, mode: Mode) -> None:
        from loader.transform.dbt import build

        with self._watch.step(Step.DBT, "merging with dbt, then testing"):
            build(self._settings, self._session, full_refresh=mode is Mode.REBUILD)
        counts.record_merge(*runs.merged(self._session, self._run_id))

    def _refuse_to_shrink(
        self, given: Sequence[TableDay], staged: int, held: Sequence[TableDay]
    ) -> None:
        """Compare what the files give, which is all staged, with the table."""
        from loader.stage.staging import unstage

        as_given = set(given)
        suspects = [(who, day) for who, day, *rest in held if (who, day, *rest) not in as_given]
        lost = lost_readings(self._session, suspects)
        if lost:
            unstage(self._session, self._settings.lock_wait)
            raise ShrinkRefusedError(
                f"the files give {counted(staged, 'reading')}, the table holds "
                f"{sum(readings for *_, readings, _ in held):,}, and "
                f"{counted(lost, 'of those is', 'of those are')} no longer in the files: "
                f"the rebuild would lose {'it' if lost == 1 else 'them'}",
                "put the missing files back, or: make full-refresh ARGS=--allow-shrink",
            )

    def _finish(self, finder: DeltaFinder, outcome: str) -> RunResult:
        """Commit the ledger in one transaction, then the state file."""
        delta = finder.delta
        delta.counts.check()
        with self._watch.step(Step.COMMIT, "committing the ledger and the state"):
            failed = "; ".join(str(fault) for fault in delta.faults) or None
            oid = heart_rate_oid(self._session)
            with self._session, self._session.cursor() as cursor:
                ledger.record(cursor, self._run_id, delta.entry)
                everything = self._mode in (Mode.RECONCILE, Mode.REBUILD)
                if self._mode is Mode.REBUILD:
                    cursor.execute(statement("commit/forget_missing_days"))
                if (everything or delta.counts.moved) and oid is not None:
                    cursor.execute(statement("commit/latest_is_the_tables"))
                cursor.execute(
                    statement("commit/commit_merges"),
                    {"run_id": self._run_id, "everything": everything and not failed},
                )
                latest = ledger.latest_reading(self._session)
                watermark = latest[1] if latest else None
                end = RunEnd(
                    outcome="failed" if failed else outcome,
                    counts=delta.counts,
                    seconds=self._watch.seconds,
                    last_ok_run=None if failed else watermark,
                    heart_rate_oid=oid,
                    error=failed,
                )
                runs.end_run(self._session, self._run_id, end)
            self._reporter.step(Step.STATE, "writing the state")
            if watermark is not None and not failed:
                self._write_state_if_new(watermark)
        return self._result(finder, outcome, watermark)

    def _write_state_if_new(self, watermark: datetime) -> None:
        if read_state(self._settings.state_file).last_ok_run != watermark:
            write_state(self._settings.state_file, watermark)

    def _finish_staged(self, finder: DeltaFinder) -> RunResult:
        """``load``: the readings wait in staging; the ledger knows nothing of them yet."""
        end = RunEnd("staged", finder.delta.counts, self._watch.seconds)
        runs.end_run(self._session, self._run_id, end)
        return self._result(finder, "staged", None)

    def _result(self, finder: DeltaFinder, outcome: str, watermark: datetime | None) -> RunResult:
        delta, sample = finder.delta, finder.delta.sample
        rebuilt = self._mode is Mode.REBUILD
        return RunResult(
            run_id=self._run_id,
            outcome=outcome,
            counts=delta.counts,
            seconds=self._watch.seconds,
            last_ok_run=watermark,
            faults=delta.faults,
            waiting=delta.waiting,
            vanished=delta.entry.vanished,
            passed_over={file.name: file.seen for file in delta.entry.passed_over},
            read_otherwise=delta.read_otherwise,
            data_dir=self._settings.data_dir,
            marts=other_settings(self._session, self._settings),
            sample_kept=sample.readings if sample and sample.news and not rebuilt else 0,
            sample_dropped=sample.readings if sample and rebuilt else 0,
            earlier_sample=delta.earlier_sample.name if delta.earlier_sample else None,
            changing=delta.changing,
            not_compared=delta.not_compared,
        )

    def _record_failure(self, counts: Counts, error: BaseException) -> None:
        text = str(error) if isinstance(error, LoaderError) else repr(error)
        try:
            runs.end_run(
                self._session,
                self._run_id,
                RunEnd("failed", counts, self._watch.seconds, error=text),
            )
        except psycopg2.Error:
            # The server is gone, which is the error being reported; the next run marks this one.
            return


def _utc(instant: datetime | None) -> str:
    return "nothing" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S} UTC"
