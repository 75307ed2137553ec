"""The run's scratch database: DuckDB on disk, where files are parsed, compared and settled."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from loader.errors import BrokenInvariantError, CantWriteError
from loader.ledger import FileDay, ParticipantDay, RejectedRow
from loader.readers import Layout
from loader.sql import statement

BATCH_ROWS = 1 << 17
"""Readings in one batch of the delta: a few megabytes."""


PREFIX = "fitbit-loader-"
"""Of a scratch folder's name; the process that uses it follows."""


@dataclass(frozen=True)
class Accounting:
    """What became of the rows read, before the merge."""

    valid: int
    rejected: int
    settled: int
    staged: int

    @property
    def read(self) -> int:
        """Rows read; a header and blank lines are no rows."""
        return self.valid + self.rejected

    @property
    def duplicate(self) -> int:
        """Valid rows that lost against another row for the same instant."""
        return self.valid - self.settled

    @property
    def untouched(self) -> int:
        """Readings of participant-days that did not change."""
        return self.settled - self.staged


class Scratch:
    """A context manager around a private folder with the DuckDB file and the snapshots.

    Instants are naive UTC inside DuckDB and aware UTC in everything that leaves this class.
    """

    def __init__(self, parent: Path, memory: str) -> None:
        self._parent = parent
        self._memory = memory
        self._names: list[str] = []
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
        self._duckdb = duckdb.connect(
            str(self.folder / "scratch.duckdb"),
            config={
                "memory_limit": self._memory,
                "temp_directory": str(self.folder / "spill"),
                "preserve_insertion_order": True,
            },
        )
        self._duckdb.execute("set TimeZone = 'UTC'")
        self.clear()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._duckdb.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def clear(self) -> None:
        """Begin anew with empty tables; a schema of their own also starts rowid at 0 again."""
        self._names = []
        if self._round:
            self._duckdb.execute(f"drop schema round_{self._round} cascade")
        self._round += 1
        self._duckdb.execute(f"create schema round_{self._round}")
        self._duckdb.execute(f"use round_{self._round}")
        self._duckdb.execute(statement("scratch/tables"))
        self._duckdb.execute(statement("scratch/hr_csv"))

    def parse(
        self,
        name: str,
        layout: Layout,
        participant_id: str,
        snapshot: Path,
        lines: int,
        first_line: int,
        appended: bool,
    ) -> None:
        """Parse a snapshot into ``readings``; the files must come in the order in which they win.

        Raises:
            BrokenInvariantError: not every line arrived as one row.
        """
        before = self._count_readings()
        self._duckdb.execute(
            "insert into files values (?, ?, ?, ?, ?)",
            [len(self._names), name, appended, before, first_line],
        )
        file = {
            "file_id": len(self._names),
            "delimiter": layout.delimiter,
            "snapshot": str(snapshot),
        }
        if lines:
            self._duckdb.execute(
                statement(layout.parse), {**file, "participant_id": participant_id}
            )
        self._names.append(name)
        parsed = self._count_readings() - before
        if parsed != lines:
            raise BrokenInvariantError(
                f"{name}: {lines} lines were read but {parsed} were parsed",
                "this is a bug in the loader; please report it with the file's first lines",
            )
        if self._value(
            "select count(*) - count(timestamp) from readings where file_id = ?", file["file_id"]
        ):
            self._duckdb.execute(statement(layout.reject), {**file, "first_line": first_line})

    def settle(self) -> None:
        """Decide which row stands for each instant, within each file and across the files."""
        ordered = self._value(statement("scratch/is_ordered"))
        self._duckdb.execute(
            statement("scratch/settle_ordered" if ordered else "scratch/settle_unordered")
        )
        self._duckdb.execute(statement("scratch/file_days"))
        self._duckdb.execute(statement("scratch/settled_days"))

    def touch_changed_days(self, known: Sequence[tuple[str, str, date, int, int | None]]) -> None:
        """Touch the days in which a file differs from ``known``, the ledger's days of it."""
        self._fill("known_days", known)
        self._duckdb.execute(statement("scratch/touch_changed_days"))

    def touch_days_unlike_table(self, table_days: Sequence[tuple[str, date, int, int]]) -> None:
        """Touch the days in which the table does not hold what the files together give."""
        self._fill("table_days", table_days)
        self._duckdb.execute(statement("scratch/touch_days_unlike_table"))

    def touch_all_days(self) -> None:
        """Touch every day the files give."""
        self._duckdb.execute(statement("scratch/touch_all_days"))

    def touch(self, days: Sequence[ParticipantDay]) -> None:
        """Touch these days."""
        self._fill("touched", days)

    def touched(self) -> list[ParticipantDay]:
        """The participant-days this run decides."""
        return self._rows("select distinct participant_id, day from touched")

    def files_by_day(self) -> list[tuple[str, str, date]]:
        """(file, participant, day) of what was read, for the touched days."""
        return self._rows(statement("scratch/files_by_day"))

    def make_delta(self) -> None:
        """Fix the delta: the settled readings of the touched days."""
        whole = self._value(
            "select not exists (select participant_id, day from settled_days except from touched)"
        )
        self._duckdb.execute(statement("scratch/whole" if whole else "scratch/delta"))

    def delta(self) -> Iterator[pa.RecordBatch]:
        """The delta in batches: participant_id, timestamp_us (UTC), value (bpm), confidence."""
        yield from self._duckdb.sql("from delta").to_arrow_reader(BATCH_ROWS)

    def accounting(self) -> Accounting:
        """What became of the rows read; ``make_delta`` must have been called."""
        return Accounting(*self._rows(statement("scratch/counts"))[0])

    def file_days(self) -> list[FileDay]:
        """What each file read gives, by participant and UTC day."""
        return [
            FileDay(self._names[file_id], who, day, readings, checksum, _utc(first), _utc(last))
            for file_id, who, day, readings, checksum, first, last in self._rows("from file_days")
        ]

    def settled_days(self) -> list[tuple[str, date, int, int]]:
        """(participant, day, readings, checksum): what the files together give."""
        return self._rows("from settled_days order by participant_id, day")

    def settled_readings(
        self, participant_id: str, day: date
    ) -> list[tuple[datetime, float, int | None]]:
        """(timestamp, value, confidence) of one participant-day."""
        rows = self._rows(statement("scratch/settled_readings"), [participant_id, day, day])
        return [(_utc(instant), value, confidence) for instant, value, confidence in rows]

    def rejected_rows(self) -> list[RejectedRow]:
        """The rejected rows of the files read."""
        return [RejectedRow(*row) for row in self._rows(statement("scratch/rejected_rows"))]

    def latest(self) -> list[tuple[str, datetime]]:
        """Each participant's latest reading in what was read."""
        return [(who, _utc(latest)) for who, latest in self._rows(statement("scratch/latest"))]

    def _count_readings(self) -> int:
        return int(self._value("select count(*) from readings"))

    def _value(self, query: str, *values: object) -> int:
        return int(self._rows(query, values)[0][0])

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        return self._duckdb.execute(query, list(values)).fetchall()

    def _fill(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        columns = self._duckdb.table(table).columns
        batch = pa.table(  # noqa: F841 (DuckDB finds it by name)
            [pa.array(column) for column in zip(*rows, strict=True)], names=columns
        )
        self._duckdb.execute(f"insert into {table} select * from batch")


def remove_leftovers(parent: Path) -> None:
    """Remove the scratch folders of runs that were killed: they may be as large as the files."""
    for folder in parent.glob(f"{PREFIX}*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
