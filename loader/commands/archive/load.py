"""Load what the search planned into the archive, without staging and dbt (``STORE=archive``)."""

from loader.commands.archive.catalogue import Catalogue, DamagedFileError
from loader.commands.archive.contents import OwnDays, open_contents
from loader.commands.archive.folder import only_writer
from loader.commands.archive.manifest import LedgerRun
from loader.commands.archive.merge.merge import Merge, record_arrivals, record_merge
from loader.commands.archive.request import Archived
from loader.commands.archive.store import ArchiveStore, now, shard_name
from loader.commands.archive.update import errors_of_archive
from loader.commands.archive.writer import Writer
from loader.commands.reading import days_of_delta, read
from loader.compare.deduplicate import devices_of_days
from loader.compare.selected_days import selected_days
from loader.compare.selected_readings import moved
from loader.console import Step
from loader.errors import ArchiveRefusedError
from loader.find.search import Search
from loader.ledger.devices import record_devices
from loader.ledger.runs import started_at
from loader.ledger.zone_limits import limits_are_waiting
from loader.mode import Mode
from loader.read.scratch import Scratch
from loader.run import Run
from loader.wording import counted


def load_into_archive(run: Run, search: Search, store: ArchiveStore) -> tuple[str, Archived | None]:
    """Read what is planned, and merge what is new with the files of the archive.

    Returns:
        The outcome, ok or nothing new, and what was written; None if nothing was.

    Raises:
        LoaderError: nothing is committed; a file that was written has readings that the next run
            finds in place.
    """
    with (
        open_contents(store) as catalogue,
        Scratch(run.settings.scratch_dir, run.settings.duckdb_memory) as scratch,
    ):
        compares_all = run.mode is Mode.RECONCILE
        read(run, search, scratch, OwnDays(store, catalogue) if compares_all else None)
        to_delete = moved(scratch)
        is_needed = run.counts.staged or to_delete.count or compares_all
        if not (is_needed or limits_are_waiting(run.session)):
            return "nothing new", None
        days_of_delta(run, scratch)
        with run.watch.step(
            Step.ARCHIVE, f"merging {counted(run.counts.staged, 'reading')} with the archive"
        ):
            archived = _merge(run, scratch, catalogue, store)
        record_devices(
            run.session,
            selected_days(scratch),
            search.plan.update.scanned,
            devices_of_days(scratch),
            everything=False,
            floor=run.floor,
        )
    return "ok", archived


def _merge(run: Run, scratch: Scratch, catalogue: Catalogue, store: ArchiveStore) -> Archived:
    """Merge and record the merge: a run that is killed in between is repeated."""
    folder = store.folder
    writer = Writer(folder, store.layout, catalogue)
    merge = Merge(store, scratch, writer)
    with errors_of_archive(run.settings, folder):
        partitions = merge.begin(run.session)
        record_merge(run.session, run.run_id)
        merge.write(partitions)
        with only_writer(folder):
            _write_shared_files(run, store, writer)
    arrivals = merge.arrivals()
    record_arrivals(run.session, run.run_id, arrivals)
    run.counts.record_merge(
        sum(each.rows_new for each in arrivals),
        sum(each.rows_late for each in arrivals),
        sum(each.rows_corrected for each in arrivals),
        sum(each.rows_moved for each in arrivals),
    )
    return writer.archived


def _write_shared_files(run: Run, store: ArchiveStore, writer: Writer) -> None:
    """Write ``days.parquet``, the README and the manifest, which have the runs of all shards."""
    folder, catalogue = store.folder, writer.catalogue
    # Then the catalogue has every file of this process, not only those written now.
    is_complete = run.mode is Mode.RECONCILE
    manifest = folder.begun_manifest()
    if writer.written or writer.removed or is_complete:
        _read_ledger(store, catalogue, has_runs=manifest.has_runs, is_complete=is_complete)
        catalogue.write_ledger()
        folder.write_readme(store.layout)
    this = LedgerRun(run.run_id, started_at(run.session, run.run_id))
    after = manifest.after_run(shard_name(run.settings), this, now())
    folder.write_manifest(after)


def _read_ledger(
    store: ArchiveStore, catalogue: Catalogue, *, has_runs: bool, is_complete: bool
) -> None:
    """Read the days of the partitions that this run hasn't written.

    Raises:
        ArchiveRefusedError: they can't be read, and only another run can write them again.
    """
    if store.folder.ledger.exists() or (has_runs and not is_complete):
        try:
            catalogue.read_ledger()
        except DamagedFileError as error:
            if not is_complete:
                raise ArchiveRefusedError(error.what, "make reconcile writes it again") from error
    if is_complete:
        catalogue.replace_buckets(list(filter(store.has_bucket, range(store.layout.buckets))))
