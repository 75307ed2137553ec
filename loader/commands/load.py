"""Load what the search planned: read, compare, stage, transform."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from loader.commands.reading import days_of_delta, read
from loader.compare.deduplicate import days as days_in_files
from loader.compare.deduplicate import devices_of_days
from loader.compare.selected_days import selected_days
from loader.compare.selected_readings import (
    Moved,
    moved,
    readings,
    readings_between,
    release_memory,
)
from loader.console import Step
from loader.errors import ShrinkRefusedError
from loader.find.search import Search
from loader.ledger.devices import record_devices
from loader.ledger.runs import merged
from loader.ledger.store import LoadedDays
from loader.ledger.table_days import (
    TableDay,
    from_floor,
    lost_readings,
)
from loader.ledger.zone_limits import limits_are_waiting
from loader.mode import Mode
from loader.read.scratch import Scratch
from loader.run import Run
from loader.stage.load_method import LoadMethod, load_method
from loader.stage.staging import stage_bulk_load, stage_delta, unstage
from loader.transform.dbt import build, complete_bulk_load_table, make_bulk_load_table
from loader.transform.marts_settings import have_other_definitions
from loader.transform.project_vars import columnstore_after
from loader.wording import counted


def load(run: Run, search: Search) -> str:
    """Read what is planned, and stage and merge what is new.

    Returns:
        The outcome: ok, nothing new or staged.

    Raises:
        LoaderError: nothing is committed.
    """
    with (
        _table_days(run, run.mode is Mode.RECONCILE) as table_days,
        Scratch(run.settings.scratch_dir, run.settings.duckdb_memory) as scratch,
    ):
        read(run, search, scratch, table_days)
        # A rebuild from files without a reading is still one: refused, or an empty table.
        is_rebuild = run.mode is Mode.REBUILD
        to_delete = moved(scratch)
        is_needed = run.counts.staged or to_delete.count or is_rebuild
        if not (is_needed or limits_are_waiting(run.session)):
            return "nothing new"
        method = _load_method(run, to_delete.count)
        _stage(run, to_delete, scratch, method)
        record = _recorder_of_devices(run, scratch, search.plan.update.scanned, method)
        if run.request.stage_only:
            record()
            return "staged"
        in_files = from_floor(days_in_files(scratch), run.floor) if run.must_not_shrink else []
    if method is not LoadMethod.MERGE:
        _complete_table(run, method, in_files, search.plan.findings.sample_days)
    record()
    with run.watch.step(Step.DBT, "merging with dbt, then testing"):
        full_refresh = run.mode is Mode.REBUILD or (
            method is LoadMethod.REPLACE and have_other_definitions(run.session, run.settings)
        )
        build(
            run.settings,
            run.session,
            full_refresh=full_refresh,
            progress=run.nodes_done,
            warn=run.reporter.note,
        )
    run.counts.record_merge(*merged(run.session, run.run_id))
    return "ok"


@contextmanager
def _table_days(run: Run, wanted: bool, *, parallel: bool = True) -> Iterator[LoadedDays | None]:
    """What the table holds, queried in the background; None if the run does not compare it all."""
    if not wanted:
        yield None
        return
    with run.store.days(parallel=parallel) as table_days:
        yield table_days


def _recorder_of_devices(
    run: Run, scratch: Scratch, scanned: Sequence[str], method: LoadMethod
) -> Callable[[], None]:
    """A function that records the devices of the decided days, to be called once nothing can refuse
    them."""
    return partial(
        record_devices,
        run.session,
        selected_days(scratch),
        scanned,
        devices_of_days(scratch),
        everything=method is LoadMethod.REPLACE,
        floor=run.floor,
    )


def _load_method(run: Run, moved: int) -> LoadMethod:
    """How the delta gets into ``heart_rate``.

    After ``load`` dbt is run by hand, perhaps after other runs: then it merges.
    """
    if run.request.stage_only:
        return LoadMethod.MERGE
    return load_method(
        run.session,
        is_rebuild=run.mode is Mode.REBUILD,
        readings=run.counts.staged,
        moved=moved,
    )


def _stage(run: Run, to_delete: Moved, scratch: Scratch, method: LoadMethod) -> None:
    """Stage the delta, for dbt to merge or, on a bulk load, to swap in."""
    counts = run.counts
    bulk_load = method is not LoadMethod.MERGE
    if bulk_load:
        release_memory(scratch)
        with run.watch.step(Step.TABLE, "creating the bulk-load table with dbt"):
            # First: otherwise the batch of a killed run would seem to belong to the empty table.
            unstage(run.session, run.settings.lock_wait)
            make_bulk_load_table(run.settings, run.session)
    days = days_of_delta(run, scratch)

    def progress(done: int) -> None:
        run.reporter.progress("staging", done, counts.staged)

    with run.watch.step(Step.STAGE, f"staging {counted(counts.staged, 'reading')}"):
        if bulk_load:
            stage_bulk_load(
                run.session,
                run.request.command,
                run.run_id,
                days,
                partial(readings_between, scratch),
                progress,
                _columnstore_after(run, method),
            )
        else:
            stage_delta(
                run.session,
                run.run_id,
                days,
                readings(scratch),
                to_delete,
                progress,
                run.settings.lock_wait,
            )


def _columnstore_after(run: Run, method: LoadMethod) -> str | None:
    """The age from which a bulk load compresses the chunks that it fills; None for no compression.

    Those that also get readings of the table are compressed by dbt at the end of the run.
    """
    if method is LoadMethod.EXTEND:
        return None
    return columnstore_after(run.settings.dbt_project_dir / "dbt_project.yml")


def _complete_table(
    run: Run, method: LoadMethod, in_files: Sequence[TableDay], sample: set[TableDay]
) -> None:
    """Add the table's other readings and the primary key to the bulk-load table.

    A rebuild meanwhile queries what the old table holds: building the key keeps one core busy, so
    the query has the other one to itself.
    """
    keep_readings = method is LoadMethod.EXTEND
    what = "copying the other readings and adding" if keep_readings else "adding"
    with _table_days(run, run.must_not_shrink, parallel=False) as table_days:
        with run.watch.step(Step.KEY, f"{what} the primary key with dbt"):
            complete_bulk_load_table(run.settings, run.session, keep_readings=keep_readings)
        if table_days is not None:
            with run.watch.step(Step.GUARD, "making sure that no reading would be lost"):
                # The sample is in a tracked file: leaving it out loses nothing.
                held = table_days.compared_with(in_files)
                compared = from_floor(held, run.floor)
                _refuse_to_shrink(run, in_files, [day for day in compared if day not in sample])


def _refuse_to_shrink(run: Run, in_files: Sequence[TableDay], in_table: Sequence[TableDay]) -> None:
    """Compare the days of the files, which are all staged, with those of the table."""
    known = set(in_files)
    suspects = [(who, day) for who, day, *rest in in_table if (who, day, *rest) not in known]
    lost = lost_readings(run.session, suspects)
    if not lost:
        return
    unstage(run.session, run.settings.lock_wait)
    raise ShrinkRefusedError(
        f"the files contain {counted(run.counts.staged, 'reading')}, the table holds "
        f"{sum(readings for *_, readings, _ in in_table):,}, and "
        f"{counted(lost, 'of those is', 'of those are')} no longer in the files: "
        f"the rebuild would lose {'it' if lost == 1 else 'them'}",
        "put the missing files back, or: make full-refresh ARGS=--allow-shrink",
    )
