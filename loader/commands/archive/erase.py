"""Erase a participant from an archive that is the place of the readings (``STORE=archive``)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from loader.commands.archive.contents import days_of, open_contents
from loader.commands.archive.folder import only_writer
from loader.commands.archive.ledger_of_store import write_ledger
from loader.commands.archive.request import Archived
from loader.commands.archive.store import ArchiveStore, open_store
from loader.commands.archive.update import errors_of_archive
from loader.commands.archive.writer import SCHEMA, Writer
from loader.configuration.settings import Settings
from loader.console import Reporter


def erase_from_store(
    settings: Settings, session: Connection, participant_id: str, reporter: Reporter
) -> Archived:
    """Write the files of a participant without them, before the ledger erases them.

    If the process is killed in between, ``make forget`` can be run again.

    Raises:
        LoaderError: another process writes to the archive, or it can't be written.
    """
    with (
        open_store(settings, session, reporter) as store,
        errors_of_archive(settings, store.folder),
    ):
        return _erase(store, participant_id)


def _erase(store: ArchiveStore, participant_id: str) -> Archived:
    folder, layout = store.folder, store.layout
    days = [(participant_id, day) for day, _ in days_of(folder, participant_id)]
    partitions = [each for each in layout.partitions(days) if store.has_bucket(each.bucket)]
    with open_contents(store) as catalogue:
        writer = Writer(folder, layout, catalogue)
        for partition in sorted(partitions):
            path = folder.path / layout.path(partition)
            if path.exists():
                new = writer.write_new(partition, _without(participant_id, path))
                writer.replace(partition, new)
            else:
                catalogue.is_written(partition)  # removed by a process that was killed
        if partitions:
            with only_writer(folder):
                catalogue.read_ledger()
                catalogue.write_ledger()
    if store.has_bucket(layout.bucket(participant_id)):
        write_ledger(store, participant_id)
    return writer.archived


def _without(participant_id: str, file: Path) -> Iterator[pa.RecordBatch]:
    """The rows of the other participants in a file, in their order."""
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches():
            others = batch.filter(pc.not_equal(batch.column("participant_id"), participant_id))
            if others.num_rows:
                yield others.cast(SCHEMA)
