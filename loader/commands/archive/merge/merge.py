"""Merge the delta with the files of the touched partitions, by the rules of the merge in dbt.

A reading of the delta is inserted, or updated if its value or confidence differs; a reading that
moved is deleted if it still has its former value. A file whose readings stay the same isn't
written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
from psycopg2.extensions import connection as Connection

from loader.commands.archive.contents import damaged_file
from loader.commands.archive.layout import Partition
from loader.commands.archive.store import ArchiveStore
from loader.commands.archive.writer import SCHEMA, Writer
from loader.database import query
from loader.read.scratch import Scratch
from loader.resources import is_full, is_out_of_memory
from loader.sql import columns, statement


@dataclass(frozen=True)
class Arrived:
    """What a merge changed in the readings of a participant."""

    participant_id: str
    rows_new: int
    rows_late: int
    rows_corrected: int
    rows_moved: int


@dataclass
class Merge:
    """The merge of one run.

    Attributes:
        store: the archive, opened for this process.
        scratch: contains the delta and the readings to delete.
        writer: replaces the files.
    """

    store: ArchiveStore
    scratch: Scratch
    writer: Writer

    def begin(self, session: Connection) -> list[Partition]:
        """Prepare the merge; returns the partitions that it may change."""
        self.scratch.execute(_sql("tables"))
        latest = query.rows(session, statement("commands/archive/watermarks"))
        self.scratch.fill(
            "watermarks", [(who, instant.replace(tzinfo=None)) for who, instant in latest]
        )
        people = self.scratch.rows("select person, participant_id from people")
        layout = self.store.layout
        self.scratch.fill(
            "buckets_of_people", [(person, layout.bucket(who)) for person, who in people]
        )
        return sorted(layout.partitions(self.scratch.rows(_sql("touched_days"))))

    def write(self, partitions: Iterable[Partition]) -> None:
        """Merge each partition, and replace its file if anything in it changes."""
        ordered = list(partitions)
        for first_day, of_days in groupby(ordered, key=lambda partition: partition.first_day):
            some = list(of_days)
            bounds = _bounds(first_day, self.store.layout.end_day(some[0]))
            self.scratch.execute(_sql("delta_of_days"), bounds)
            for partition in some:
                self._write_partition(partition, bounds)
                self.store.reporter.progress("archive", 1, len(ordered), short=20)

    def arrivals(self) -> list[Arrived]:
        """What changed, by participant."""
        return [Arrived(*row) for row in self.scratch.rows(_sql("arrivals"))]

    def _write_partition(self, partition: Partition, bounds: dict[str, object]) -> None:
        path = self.store.folder.path / self.store.layout.path(partition)
        self._merge(path, partition, bounds)
        ((changed, readings),) = self.scratch.rows(_sql("changes"))
        if changed:
            self.scratch.execute(_sql("count_arrived"))
            new = self.writer.write_new(partition, self._batches(), expected=readings)
            self.writer.replace(partition, new)

    def _merge(self, path: Path, partition: Partition, bounds: dict[str, object]) -> None:
        if not path.exists():
            self.scratch.execute(_sql("insert"), {"bucket": partition.bucket})
            return
        try:
            with self.scratch.linked(path) as file:
                values = {"bucket": partition.bucket, "file": file, **bounds}
                self.scratch.execute(_sql("merge"), values)
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            if is_full(error) or is_out_of_memory(error):
                raise
            raise damaged_file(path) from error

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self.scratch.batches(_sql("readings")):
            yield pa.RecordBatch.from_arrays(
                [
                    column.cast(field.type)
                    for column, field in zip(batch.columns, SCHEMA, strict=True)
                ],
                schema=SCHEMA,
            )


def record_merge(session: Connection, run_id: int) -> None:
    """Record that a run is about to change files; ``commit`` says that the ledger knows of it."""
    with session, session.cursor() as cursor:
        cursor.execute(statement("commands/archive/record_merge"), {"run_id": run_id})


def record_arrivals(session: Connection, run_id: int, arrivals: list[Arrived]) -> None:
    """Record what a run changed."""
    names = ("participants", "rows_new", "rows_late", "rows_corrected", "rows_moved")
    values = dict(zip(names, columns(Arrived, arrivals), strict=True))
    with session, session.cursor() as cursor:
        cursor.execute(statement("commands/archive/record_arrivals"), {"run_id": run_id, **values})


def _bounds(first_day: date, end_day: date) -> dict[str, object]:
    """The instants (naive UTC) between which the readings of some days are."""
    return {
        "start": datetime.combine(first_day, time()),
        "end": datetime.combine(end_day, time()),
    }


def _sql(name: str) -> str:
    return statement(f"commands/archive/merge/{name}")
