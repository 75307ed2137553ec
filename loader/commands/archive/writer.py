"""Replace the files of an archive's partitions."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from loader.commands.archive.catalogue import Catalogue
from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.layout import FILE, Layout, Partition
from loader.commands.archive.parquet import write_parquet
from loader.commands.archive.request import Archived
from loader.commands.export.relations import READING
from loader.commands.export.source import schema_of
from loader.errors import BrokenInvariantError

SCHEMA = schema_of(READING)
"""The columns of a partition's file."""


@dataclass
class Writer:
    """Writes the files of partitions, and counts them.

    Attributes:
        folder, layout: the archive.
        catalogue: learns what the new files contain.
        written, removed: how many files so far.
        readings: how many readings the written files have.
    """

    folder: ArchiveFolder
    layout: Layout
    catalogue: Catalogue
    written: int = 0
    removed: int = 0
    readings: int = 0

    def write_new(
        self,
        partition: Partition,
        batches: Iterable[pa.RecordBatch],
        expected: int | None = None,
    ) -> Path | None:
        """Write the new file of a partition, and read it again; None if it has no readings.

        Args:
            expected: how many readings it must have; None for those that are written.

        Raises:
            BrokenInvariantError: the file has another number of readings.
        """
        new = self.folder.partial / FILE
        sent = write_parquet(new, SCHEMA, batches)
        wanted = sent if expected is None else expected
        held = self.catalogue.read_file(partition, new)
        if held != wanted:
            raise BrokenInvariantError(
                f"{wanted} readings were to be written to {new} but {held} are there"
            )
        self.readings += held
        return new if held else None

    def replace(self, partition: Partition, new: Path | None) -> None:
        """Let the new file of a partition replace the present one, or remove that."""
        if new is None:
            self.folder.remove(self.layout, partition)
            self.removed += 1
        else:
            self.folder.replace(new, self.layout.path(partition))
            self.written += 1
        self.catalogue.is_written(partition)

    @property
    def archived(self) -> Archived:
        """What was done."""
        return Archived(self.folder.path, self.written, self.removed, self.readings)
