"""What the files of a store contain, in DuckDB and Arrow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from loader.commands.archive.catalogue import Catalogue, DamagedFileError
from loader.commands.archive.folder import ArchiveFolder
from loader.errors import ArchiveRefusedError
from loader.ledger.store import Reading
from loader.ledger.table_days import TableDay
from loader.read.scratch import Scratch

if TYPE_CHECKING:
    from loader.commands.archive.store import ArchiveStore


@contextmanager
def open_contents(store: "ArchiveStore") -> Iterator[Catalogue]:
    """An empty catalogue of a store."""
    settings = store.settings
    with Scratch(settings.scratch_dir, settings.duckdb_memory) as scratch:
        yield Catalogue(scratch, store.folder, store.layout, floor=None)


class OwnDays:
    """What the files of a process contain by participant-day; read when it is first needed."""

    def __init__(self, store: "ArchiveStore", catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._days: list[TableDay] | None = None

    def compared_with(self, expected: Sequence[TableDay]) -> Sequence[TableDay]:
        """All days, whatever is expected.

        Raises:
            ArchiveRefusedError: a file is damaged.
        """
        if self._days is None:
            self._days = self._read()
        return self._days

    def _read(self) -> list[TableDay]:
        store = self._store
        partitions = store.partitions()
        for partition in partitions:
            path = store.folder.path / store.layout.path(partition)
            try:
                self._catalogue.read_file(partition, path)
            except DamagedFileError as error:
                raise damaged_file(path) from error
            store.reporter.progress("reading", 1, len(partitions), short=20)
        return self._catalogue.days_in_files()


def damaged_file(path: Path) -> ArchiveRefusedError:
    """The error for a file of a store that can't be read."""
    return ArchiveRefusedError(
        f"{path} can't be read",
        "restore it from a backup, or delete it; then make reconcile loads again what the files in "
        "DATA_DIR have",
    )


def readings_between(
    files: Sequence[Path], participant_id: str, start: datetime, end: datetime
) -> list[Reading]:
    """The readings of a participant in some files, from ``start`` to ``end`` (exclusive)."""
    wanted = (
        (pc.field("participant_id") == participant_id)
        & (pc.field("timestamp") >= start)
        & (pc.field("timestamp") < end)
    )
    rows: list[Reading] = []
    for file in files:
        if file.exists():
            found = pq.read_table(file, filters=wanted, partitioning=None)
            rows += [
                (row["timestamp"], row["value"], row["confidence"]) for row in found.to_pylist()
            ]
    return rows


def days_of(folder: ArchiveFolder, participant_id: str) -> list[tuple[date, int]]:
    """(UTC day, readings) of a participant by ``days.parquet``."""
    if not folder.ledger.exists():
        return []
    wanted = pc.field("participant_id") == participant_id
    days = pq.read_table(folder.ledger, columns=["day", "readings"], filters=wanted)
    return [(row["day"], row["readings"]) for row in days.to_pylist()]


def latest_readings(folder: ArchiveFolder) -> list[tuple[str, datetime]]:
    """(participant, latest reading) by ``days.parquet``."""
    if not folder.ledger.exists():
        return []
    days = pq.read_table(folder.ledger, columns=["participant_id", "last_timestamp"])
    latest = days.group_by("participant_id").aggregate([("last_timestamp", "max")])
    return [(row["participant_id"], row["last_timestamp_max"]) for row in latest.to_pylist()]
