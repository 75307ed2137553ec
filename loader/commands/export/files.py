"""Write batches into a file through DuckDB, in bounded memory and in their order."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from loader.commands.export.request import Format
from loader.sql import statement

CSV_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
"""All instants of a CSV have the same form: pandas infers the form of a column from its first."""


INTERRUPTED = "Query interrupted"
"""What DuckDB says after Ctrl-C, with a RuntimeError."""

CSV = "format csv, header"
JSON_LINES = "format json"
"""Options of DuckDB's ``copy``."""


@dataclass(frozen=True)
class ExportedFile:
    """A file that was written.

    Attributes:
        path: below the folder.
        rows, bytes: how many it has.
        schema: its columns; None if the file has the form of another tool.
    """

    path: str
    rows: int
    bytes: int
    schema: pa.Schema | None = None


class Files:
    """The files of an export.

    Args:
        folder: the folder to write into.
        memory: DuckDB's memory limit, such as ``128MB``.
    """

    def __init__(self, folder: Path, memory: str) -> None:
        self.folder = folder
        self._duckdb = duckdb.connect(
            config={
                "memory_limit": memory,
                "temp_directory": "",
                "preserve_insertion_order": True,
                # Several threads hold a day for each of them until they can write it in order.
                # The server is slower than one of them.
                "threads": 1,
                "autoinstall_known_extensions": False,
            }
        )
        # An instant is written in the session's time zone.
        self._duckdb.execute("set timezone = 'UTC'")

    def close(self) -> None:
        self._duckdb.close()

    def write(
        self, name: str, form: Format, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
    ) -> ExportedFile:
        """Write all columns into ``name.parquet`` or ``name.csv``.

        Raises:
            BaseException: what ``batches`` raised, or DuckDB's error.
        """
        path = f"{name}.{form}"

        def write(rows: pa.RecordBatchReader) -> None:
            relation = self._duckdb.from_arrow(rows)
            target = str(self.folder / path)
            if form is Format.PARQUET:
                relation.write_parquet(target, compression="zstd")
            else:
                relation.write_csv(target, header=True, timestamp_format=CSV_TIME)

        return self._written(path, schema, batches, write, schema)

    def write_as(
        self,
        path: str,
        select: str,
        schema: pa.Schema,
        batches: Iterable[pa.RecordBatch],
        *,
        options: str = CSV,
        **values: object,
    ) -> ExportedFile:
        """Write the rows of a query of DuckDB that reads ``batches``.

        Args:
            path: the file, below the folder.
            select: the name of the ``.sql`` file; its parameters are ``values``.
            schema, batches: what the query reads; it returns a row for each.
            options: those of DuckDB's ``copy``.
        """
        target = str(self.folder / path)

        def write(rows: pa.RecordBatchReader) -> None:
            self._duckdb.register("batches", rows)
            copy = f"copy ({statement(select)}) to $file ({options})"
            try:
                self._duckdb.execute(copy, {"file": target, **values})
            finally:
                self._duckdb.unregister("batches")

        return self._written(path, schema, batches, write)

    def _written(
        self,
        path: str,
        schema: pa.Schema,
        batches: Iterable[pa.RecordBatch],
        write: Callable[[pa.RecordBatchReader], None],
        columns: pa.Schema | None = None,
    ) -> ExportedFile:
        counted = _Counted(batches)
        try:
            write(pa.RecordBatchReader.from_batches(schema, iter(counted)))
        except BaseException as error:
            # DuckDB turns an error of ours into one of its own, and so it does with Ctrl-C.
            failure = KeyboardInterrupt() if str(error) == INTERRUPTED else counted.failure
            if failure is None:
                raise
            raise failure from error
        finally:
            # If DuckDB failed, a COPY may still be sending.
            if isinstance(batches, Generator):
                batches.close()
        size = (self.folder / path).stat().st_size
        return ExportedFile(path, counted.rows, size, columns)


class _Counted:
    """Counts the rows of batches, and keeps what they failed with."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.rows = 0
        self.failure: BaseException | None = None
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                self.rows += len(batch)
                yield batch
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error
            raise
