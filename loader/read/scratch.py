"""The scratch database of a run: a DuckDB file in which files are parsed and compared."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from loader.configuration.memory_size import bytes_of
from loader.errors import CantWriteError, LoaderError
from loader.readers import RELATIONS
from loader.resources import as_resource_error
from loader.sql import statement

BATCH_ROWS = 1 << 16
"""The rows in a batch of a result: 2 MB of readings."""

FETCHED = 10_000
"""The rows of a streamed result that are in memory at a time."""

SCAN_MEMORY = 64 * 10**6
"""Bytes for DuckDB while it reads rows in order; more memory would not make that faster."""

PREFIX = "fitbit-loader-"
"""The name of a scratch folder is this and the id of the process that uses it."""

Values = Sequence[object] | Mapping[str, object]


class Scratch:
    """The session of the scratch database, in a private folder next to the copies of the files.

    A context manager. Instants in DuckDB are naive UTC; ``utc`` and ``naive`` convert them.

    Args:
        parent: the folder in which the private folder is created.
        memory: DuckDB's memory limit, such as ``128MB``.
    """

    def __init__(self, parent: Path, memory: str) -> None:
        self.memory = bytes_of(memory) or 0
        self._parent = parent
        self._memory_setting = memory
        self._round = 0

    def __enter__(self) -> "Scratch":
        remove_leftovers(self._parent)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))
        except OSError as error:
            raise CantWriteError(
                f"{self._parent} can't be written: {error.strerror}",
                "set SCRATCH_DIR to a folder with as much free space as the files have",
            ) from error
        try:
            self._open()
        except duckdb.Error as error:
            shortage = self._resource_error(error)
            shutil.rmtree(self.folder, ignore_errors=True)
            if shortage is None:
                raise
            raise shortage from error
        return self

    def _open(self) -> None:
        self._duckdb = duckdb.connect(
            str(self.folder / "scratch.duckdb"),
            config={
                "memory_limit": self._memory_setting,
                "temp_directory": str(self.folder / "spill"),
                "preserve_insertion_order": True,
            },
        )
        self._duckdb.execute("set TimeZone = 'UTC'")
        # The file is deleted when it is closed, so there is no need to write it.
        self._duckdb.execute("pragma disable_checkpoint_on_shutdown")
        self.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Before the folder is deleted, while a full disk is still full.
        shortage = self._resource_error(error)
        self._duckdb.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if shortage is not None:
            raise shortage from error

    def _resource_error(self, error: BaseException | None) -> LoaderError | None:
        return as_resource_error(error, self._parent, "SCRATCH_DIR", self._memory_setting)

    def clear(self) -> None:
        """Start again with empty tables, in a new schema so that rowid starts at 0."""
        # In one transaction: otherwise DuckDB waits for the disk after each of 100 statements.
        self.execute("begin")
        if self._round:
            self.execute(f"drop schema round_{self._round} cascade")
        self._round += 1
        self.execute(f"create schema round_{self._round}")
        self.execute(f"use round_{self._round}")
        self.execute(statement("read/scratch_tables"))
        self.execute(statement("readers/fields"))
        for relation in sorted(RELATIONS):
            self.execute(statement(f"readers/{relation}"))
        self.execute("commit")

    def execute(self, query: str, values: Values = ()) -> None:
        """Run one or more statements."""
        self._duckdb.execute(query, values)

    def rows(self, query: str, values: Values = ()) -> list[Any]:
        """Return the rows of a query."""
        return self._duckdb.execute(query, values).fetchall()

    def value(self, query: str, values: Values = ()) -> int:
        """Return the number in the only row of a query."""
        return int(self.rows(query, values)[0][0])

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Iterate over the rows of a query; other statements may run meanwhile."""
        with self._cursor() as cursor:
            result = cursor.execute(query)
            while rows := result.fetchmany(FETCHED):
                yield from rows

    def batches(self, query: str, values: Values = ()) -> Iterator[pa.RecordBatch]:
        """Iterate over the rows of a query in batches; several threads may call this."""
        with self._cursor() as cursor:
            yield from cursor.sql(query, params=values or None).to_arrow_reader(BATCH_ROWS)

    def fill(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows that have a value for every column."""
        if not rows:
            return
        columns = self._duckdb.table(table).columns
        batch = pa.table(  # noqa: F841 (DuckDB finds it by name)
            [pa.array(column) for column in zip(*rows, strict=True)], names=columns
        )
        self._duckdb.execute(f"insert into {table} select * from batch")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run all statements inside, or none."""
        self._duckdb.begin()
        try:
            yield
            self._duckdb.commit()
        except BaseException:
            self._duckdb.rollback()
            raise

    @contextmanager
    def linked(self, file: Path) -> Iterator[str]:
        """A file under a name of ours: DuckDB takes [ and * in a path for a pattern."""
        link = self.folder / "linked"
        link.symlink_to(file.absolute())
        try:
            yield str(link)
        finally:
            link.unlink()

    def limit_memory(self, limit: int) -> None:
        """Limit DuckDB's memory, in bytes."""
        self.execute(f"set memory_limit = '{limit}B'")

    def limit_memory_to_scan(self) -> None:
        """Limit DuckDB's memory for a query that reads rows in order."""
        self.limit_memory(min(SCAN_MEMORY, self.memory))

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._duckdb.cursor() as cursor:
            cursor.execute(f"use round_{self._round}")
            yield cursor


def remove_leftovers(parent: Path) -> None:
    """Delete the scratch folders of killed runs, which may be as large as the files."""
    for folder in parent.glob(f"{PREFIX}*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def naive(instant: datetime) -> datetime:
    """Convert an instant to naive UTC, as DuckDB stores it."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def utc(instant: datetime) -> datetime:
    """Add the zone to an instant from DuckDB."""
    return instant.replace(tzinfo=UTC)
