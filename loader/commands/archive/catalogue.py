"""What an archive holds by participant-day, in DuckDB: its ledger, its files, and the table."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from loader.commands.archive.folder import ArchiveFolder
from loader.commands.archive.layout import Layout, Partition
from loader.errors import ArchiveRefusedError
from loader.ledger.table_days import TableDay
from loader.read.scratch import Scratch
from loader.resources import is_full, is_out_of_memory
from loader.sql import statement

DifferingDay = tuple[str, date, int, int, int]
"""Participant, UTC day, and how many readings the table, the files and ``days.parquet`` have."""


class DamagedFileError(ArchiveRefusedError):
    """A file of the archive can't be read."""


class Catalogue:
    """Counts and checksums by participant-day, in tables of the scratch database.

    Args:
        scratch: the session; its macros have the formula of the checksums.
        folder, layout: the archive.
        floor: the first UTC day that the table is expected to have; None for all.
    """

    def __init__(
        self, scratch: Scratch, folder: ArchiveFolder, layout: Layout, floor: date | None
    ) -> None:
        self._scratch = scratch
        self._folder = folder
        self._layout = layout
        self._floor = floor
        self._execute("tables")

    def read_ledger(self) -> None:
        """Read ``days.parquet``.

        Raises:
            DamagedFileError: it can't be read, or is missing.
        """
        with self._linked(self._folder.ledger) as file:
            self._execute("read_ledger", file=file)

    def read_file(self, partition: Partition, path: Path) -> int:
        """Add the content of a file that is, or will be, the file of a partition.

        Returns:
            How many readings.

        Raises:
            DamagedFileError: it can't be read.
        """
        self._execute("forget_file_days", **_named(partition))
        with self._linked(path) as file:
            self._execute("read_file_days", file=file, **_named(partition))
        return self._scratch.value(_sql("count_file_readings"), _named(partition))

    def days_in_files(self) -> list[TableDay]:
        """What the files contain that were read."""
        return self._scratch.rows(_sql("days_in_files"))

    def replace_buckets(self, buckets: Sequence[int]) -> None:
        """From now on, ``days`` has the content of all files of some buckets, which were read."""
        self._execute("replace_buckets", by=self._layout.by, buckets=list(buckets))

    def compare_with_ledger(self) -> None:
        """Let ``differing_days`` compare the files with ``days.parquet`` alone."""
        self.read_table([self._scratch.rows(_sql("days_in_ledger"))])

    def read_table(self, chunks: Iterable[Sequence[TableDay]]) -> set[str]:
        """Add what heart_rate holds; returns the participants."""
        participants: set[str] = set()
        for days in chunks:
            self._scratch.fill("in_table", days)
            participants.update(who for who, *_ in days)
        self._scratch.fill("buckets", [(who, self._layout.bucket(who)) for who in participants])
        return participants

    def allow_to_leave(self, days: Sequence[tuple[str, date]]) -> None:
        """Participant-days that the archive may lose."""
        self._scratch.fill("may_leave", days)

    def days_of(self, participants: Sequence[str]) -> list[tuple[str, date]]:
        """The participant-days of some participants in the ledger."""
        return self._scratch.rows(_sql("days_of_participants"), {"participants": participants})

    def participants(self) -> list[str]:
        """Everyone in the ledger."""
        return [name for (name,) in self._scratch.rows(_sql("ledger_participants"))]

    def differing_partitions(self, held: str) -> set[Partition]:
        """The partitions in which the table differs from what ``held.sql`` says of the archive."""
        query = _sql("differing_partitions").format(held=_sql(held))
        values = {"by": self._layout.by, "floor": self._floor}
        return {Partition(*row) for row in self._scratch.rows(query, values)}

    def differing_days(self) -> list[DifferingDay]:
        """The participant-days in which table, files and ledger differ."""
        values = {"by": self._layout.by, "floor": self._floor}
        return self._scratch.rows(_sql("differing_days"), values)

    def lost_days(self, partition: Partition) -> list[tuple[str, date]]:
        """The days of the ledger that a partition's new file lacks, and that may not leave."""
        values = {**_named(partition), "end_day": self._layout.end_day(partition)}
        return self._scratch.rows(_sql("lost_days"), values)

    def is_written(self, partition: Partition) -> None:
        """From now on, ``days`` has the content of the partition's new file, if there is one."""
        self._execute("record_written", **_named(partition))

    def write_ledger(self) -> None:
        """Replace ``days.parquet``."""
        new = self._folder.partial / self._folder.ledger.name
        copy = f"copy ({_sql('days')}) to $file (format parquet, compression zstd)"
        self._scratch.execute(copy, {"by": self._layout.by, "file": str(new)})
        self._folder.replace(new, Path(self._folder.ledger.name))

    def readings_and_days(self) -> tuple[int, int]:
        """How many readings and participant-days the files have."""
        ((readings, days),) = self._scratch.rows(_sql("count_files"))
        return readings, days

    def _execute(self, name: str, **values: object) -> None:
        self._scratch.execute(_sql(name), values)

    @contextmanager
    def _linked(self, path: Path) -> Iterator[str]:
        """A file to be read, with the errors of a damaged one."""
        try:
            with self._scratch.linked(path) as file:
                yield file
        except duckdb.Error as error:
            if is_full(error) or is_out_of_memory(error):
                raise
            raise DamagedFileError(
                f"{path} can't be read: {' '.join(str(error).split())}",
                "compare all of the archive with heart_rate and repair it: make archive FULL=1",
            ) from error


def _sql(name: str) -> str:
    return statement(f"commands/archive/{name}")


def _named(partition: Partition) -> dict[str, object]:
    return {"first_day": partition.first_day, "bucket": partition.bucket}
