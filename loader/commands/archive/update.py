"""Write the files of an archive whose readings have changed."""

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from loader.commands.archive.catalogue import Catalogue, DamagedFileError
from loader.commands.archive.folder import ArchiveFolder, cant_write
from loader.commands.archive.layout import Partition
from loader.commands.archive.ledger_files import write_ledger_files
from loader.commands.archive.manifest import Manifest
from loader.commands.archive.parquet import read_parquet
from loader.commands.archive.position import last_ledger_run
from loader.commands.archive.request import Archived
from loader.commands.archive.source import Source, open_source
from loader.commands.archive.writer import Writer
from loader.configuration.settings import Settings
from loader.console import Reporter
from loader.database.session import connect_again
from loader.errors import ArchiveRefusedError
from loader.read.scratch import Scratch
from loader.resources import as_resource_error, least_free
from loader.wording import counted, first_of

SHOWN = 3
"""How many participant-days a message names."""


def update(
    settings: Settings, folder: ArchiveFolder, manifest: Manifest, reporter: Reporter, *, full: bool
) -> Archived:
    """Make the archive equal to ``heart_rate``, and record its new position.

    Args:
        folder: locked.
        manifest: the archive's.
        full: read every file and compare it with the table; else the archive's ledger is trusted,
            and only what has changed since its position is written.

    Raises:
        ArchiveRefusedError: the archive would lose days.
        LoaderError: it can't be written, or the database failed.
    """
    with _updating(settings, folder, manifest, reporter) as made:
        full = full or manifest.position is None
        partitions = made.compare_files() if full else made.changed_partitions()
        made.write(partitions, may_lose=full)
        made.catalogue.write_ledger()
        write_ledger_files(made.source.session, folder)
        folder.write_readme(manifest.layout)
        after = manifest.at(made.source.position, made.source.made_at)
        after = after.with_ledger("", last_ledger_run(made.source.session))
        folder.write_manifest(after)
        return made.writer.archived


def erase(
    settings: Settings,
    folder: ArchiveFolder,
    manifest: Manifest,
    reporter: Reporter,
    participant_id: str,
) -> Archived:
    """Write the files of a participant without them; the archive's position stays."""
    with _updating(settings, folder, manifest, reporter) as made:
        made.catalogue.read_ledger()
        days = made.catalogue.days_of([participant_id])
        made.catalogue.allow_to_leave(days)
        made.everyone.discard(participant_id)
        made.write(manifest.layout.partitions(days))
        made.catalogue.write_ledger()
        write_ledger_files(made.source.session, folder, left_out=[participant_id])
        return made.writer.archived


@contextmanager
def errors_of_archive(settings: Settings, folder: ArchiveFolder) -> Iterator[None]:
    """Turn errors of the system, and those of DuckDB that aren't bugs, into ours."""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        # DuckDB doesn't say which disk is full.
        folders = {"ARCHIVE_DIR": folder.path}
        if not isinstance(error, OSError):
            folders["SCRATCH_DIR"] = settings.scratch_dir
        shortage = as_resource_error(error, *least_free(folders), settings.duckdb_memory)
        raise shortage or cant_write(folder.path, error) from error


@contextmanager
def _updating(
    settings: Settings, folder: ArchiveFolder, manifest: Manifest, reporter: Reporter
) -> Iterator["_Update"]:
    with (
        connect_again(os.environ, "archive") as session,
        open_source(session) as source,
        Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch,
        errors_of_archive(settings, folder),
    ):
        catalogue = Catalogue(scratch, folder, manifest.layout, source.floor)
        everyone = set(source.participants)
        writer = Writer(folder, manifest.layout, catalogue)
        yield _Update(folder, manifest, reporter, source, catalogue, writer, everyone)


@dataclass
class _Update:
    """One update of an archive.

    Attributes:
        everyone: whose readings are written.
    """

    folder: ArchiveFolder
    manifest: Manifest
    reporter: Reporter
    source: Source
    catalogue: Catalogue
    writer: Writer
    everyone: set[str]

    def compare_files(self) -> set[Partition]:
        """The partitions whose files differ from the table, damaged ones included."""
        damaged = set(read_files(self.folder, self.manifest, self.catalogue, self.reporter))
        self._refuse_irreparable(damaged)
        self._read_table()
        return damaged | self.catalogue.differing_partitions("held_by_files")

    def _refuse_irreparable(self, damaged: Iterable[Partition]) -> None:
        for partition in sorted(damaged):
            if not self.source.is_kept(partition.first_day):
                raise ArchiveRefusedError(
                    f"{self.folder.path / self.manifest.layout.path(partition)} is damaged, and "
                    "heart_rate no longer has its readings (RETENTION)",
                    "restore the file from a copy of the archive, then: make archive FULL=1",
                )

    def changed_partitions(self) -> set[Partition]:
        """The partitions that runs have changed, or that have readings of erased participants."""
        position = self.manifest.position
        assert position is not None
        self.catalogue.read_ledger()
        erased = [name for name in self.catalogue.participants() if name not in self.everyone]
        changed = [*self.source.changed_days(position), *self.catalogue.days_of(erased)]
        self.catalogue.allow_to_leave(changed)
        if position.heart_rate_oid == self.source.position.heart_rate_oid:
            return self.manifest.layout.partitions(changed)
        # A swap: dbt or a restore may have brought any other readings.
        self._read_table()
        return self.catalogue.differing_partitions("held_by_ledger")

    def write(self, partitions: Iterable[Partition], *, may_lose: bool = False) -> None:
        """Replace the files of partitions by what the table has of ``everyone``."""
        layout, ordered = self.manifest.layout, sorted(partitions)
        by_bucket: dict[int, list[str]] = {}
        for name in self.everyone:
            by_bucket.setdefault(layout.bucket(name), []).append(name)
        for partition in ordered:
            participants = by_bucket.get(partition.bucket, [])
            with closing(self._readings(partition, participants)) as readings:
                new = self.writer.write_new(partition, readings)
            if not may_lose:
                self._refuse_to_lose(partition)
            self.writer.replace(partition, new)
            self.reporter.progress("archive", 1, len(ordered), short=20)

    def _readings(self, partition: Partition, participants: list[str]) -> Generator[pa.RecordBatch]:
        """What the new file is to have; below the floor, what the old one has."""
        layout = self.manifest.layout
        if self.source.is_kept(partition.first_day):
            end_day = layout.end_day(partition)
            return self.source.readings(participants, partition.first_day, end_day)
        return read_parquet(self.folder.path / layout.path(partition), participants)

    def _refuse_to_lose(self, partition: Partition) -> None:
        lost = self.catalogue.lost_days(partition)
        if lost:
            names = [f"{who} on {day}" for who, day in lost]
            raise ArchiveRefusedError(
                f"heart_rate no longer has {counted(len(lost), 'participant-day')} of the archive "
                f"{self.folder.path}: {first_of(names, SHOWN)}",
                "make reconcile loads again what the files have; to drop them from the archive: "
                "make archive FULL=1",
            )

    def _read_table(self) -> None:
        self.reporter.note("comparing the archive with heart_rate")
        # A table that was changed by hand may have participants that the ledger doesn't know.
        self.everyone |= self.catalogue.read_table(self.source.table_days())


def read_files(
    folder: ArchiveFolder, manifest: Manifest, catalogue: Catalogue, reporter: Reporter
) -> list[Partition]:
    """Read every file of the archive; returns the partitions whose file is damaged."""
    damaged = []
    present, _ = folder.partitions(manifest.layout)
    for partition in present:
        try:
            catalogue.read_file(partition, folder.path / manifest.layout.path(partition))
        except DamagedFileError:
            damaged.append(partition)
        reporter.progress("reading", 1, len(present), short=20)
    return damaged
