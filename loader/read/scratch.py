"""The run's scratch database: DuckDB on disk, where files are parsed, compared and settled."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from string import ascii_letters
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from loader.compare.slices import PersonDay, divide
from loader.errors import CantWriteError
from loader.find.participants import Zones
from loader.ledger.files import FileDay, ParticipantDay, RejectedRow, Span
from loader.ledger.table_days import TableDay
from loader.read.clock_changes import DoubtfulTimes
from loader.read.local_times import LoadedAround, decide_doubtful, nothing_loaded
from loader.read.parse import Incoming, parse
from loader.read.reject_limit import RejectLimit
from loader.read.scratch_table import fill
from loader.readers import READERS, Layout
from loader.resources import as_resource_error
from loader.sql import statement

BATCH_ROWS = 1 << 16
"""Readings in one batch of the delta: two megabytes."""


SCAN_MEMORY = "64MB"
"""DuckDB's memory where rows are only read in their order: what was read stays in memory up to the
limit, for nothing."""

BYTES_TO_SORT_A_ROW = 48
"""Memory that DuckDB needs for each row of a slice, so that it rarely writes to the disk."""

HAND_OUT_MEMORY = "24MB"
"""The same where all rows are handed out while dbt, which takes 100 MB, is in this process."""

PREFIX = "fitbit-loader-"
"""Of a scratch folder's name; the process that uses it follows."""


@dataclass(frozen=True)
class Mix:
    """A participant that two first-level folders or archives would become, although they disagree.

    Attributes:
        one, other: the folders or archives.
        instants: how many instants they disagree about, ``first_timestamp`` being the first.
    """

    participant_id: str
    one: str
    other: str
    instants: int
    first_timestamp: datetime


@dataclass(frozen=True)
class Profile:
    """What the rows read are.

    Attributes:
        rows, readings, rejected: how many; blank lines are rows and neither of the others.
        first_timestamp, last_timestamp: their range; None without a reading.
        participants: whose they are, in order.
        duplicates: rows that repeat an instant.
        steps_back: rows that are earlier than the one before of the same file and participant.
        steps: how many rows have one before them.
        common_steps: (seconds, how often), the three most common.
    """

    rows: int
    readings: int
    rejected: int
    first_timestamp: datetime | None
    last_timestamp: datetime | None
    participants: list[str]
    duplicates: int
    steps_back: int
    steps: int
    common_steps: list[tuple[float, int]]


@dataclass(frozen=True)
class Reason:
    """Why rows were rejected, how often, and the first of them."""

    reason: str
    times: int
    name: str
    line: int
    raw: str


@dataclass(frozen=True)
class Accounting:
    """What became of the rows read, before the merge."""

    valid: int
    rejected: int
    rejected_kept: int
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


@dataclass(frozen=True)
class StagedDay:
    """What the delta holds of one participant and UTC day."""

    participant_id: str
    day: date
    readings: int
    first_timestamp: datetime
    last_timestamp: datetime


@dataclass(frozen=True)
class MovedReading:
    """A reading that is no longer at this instant, if the table has it there with these values."""

    participant_id: str
    timestamp: datetime
    value: float
    confidence: int | None


class Scratch:
    """A context manager around a private folder with the DuckDB file and the snapshots.

    Instants are naive UTC inside DuckDB and aware UTC in everything that leaves this class.
    """

    def __init__(self, parent: Path, memory: str) -> None:
        self._parent = parent
        self._memory = memory
        self._names: dict[int, str] = {}
        self.doubtful_times = DoubtfulTimes()
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
            lacking = as_resource_error(error, self._parent, "SCRATCH_DIR", self._memory)
            shutil.rmtree(self.folder, ignore_errors=True)
            if lacking is None:
                raise
            raise lacking from error
        return self

    def _open(self) -> None:
        self._duckdb = duckdb.connect(
            str(self.folder / "scratch.duckdb"),
            config={
                "memory_limit": self._memory,
                "temp_directory": str(self.folder / "spill"),
                "preserve_insertion_order": True,
            },
        )
        self._duckdb.execute("set TimeZone = 'UTC'")
        # It is thrown away: at its end nothing needs to be written.
        self._duckdb.execute("pragma disable_checkpoint_on_shutdown")
        self.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Looked at first, while the disk is as full as it was.
        lacking = as_resource_error(error, self._parent, "SCRATCH_DIR", self._memory)
        self._duckdb.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if lacking is not None:
            raise lacking from error

    def clear(self) -> None:
        """Begin anew with empty tables; a schema of their own also starts rowid at 0 again."""
        self._names = {}
        self.doubtful_times = DoubtfulTimes()
        if self._round:
            self._duckdb.execute(f"drop schema round_{self._round} cascade")
        self._round += 1
        self._duckdb.execute(f"create schema round_{self._round}")
        self._duckdb.execute(f"use round_{self._round}")
        self._duckdb.execute(statement("read/scratch_tables"))
        self._duckdb.execute(statement("readers/fields"))
        for reader in READERS:
            self._duckdb.execute(reader.macros)

    def parse(
        self,
        files: Sequence[Incoming],
        zones: Zones,
        make_sure: Callable[[], None],
        limit: RejectLimit | None = None,
    ) -> None:
        """Parse snapshots of one layout into ``readings``; files come in the order they win in.

        Args:
            files: the snapshots.
            zones: of the participants' clocks.
            make_sure: called when all is parsed and nothing is kept yet; may raise BadFileError.
            limit: of rejected rows, by file; None for any number.

        Raises:
            BadFileError: one of them can't be read to its end, or has too many rejected rows;
                nothing of any was kept.
            LookCloserError: documents must be rewritten first; nothing of any file was kept.
            BrokenInvariantError: not every line arrived as one row.
        """
        lines = files[0].layout.reader.lines
        self._set_memory(self._memory if lines else _twice(self._memory))
        parse(self._duckdb, files, zones, make_sure, limit)
        self._names.update({file.file_id: file.name for file in files})

    def settle(self, loaded: LoadedAround = nothing_loaded) -> None:
        """Decide which row stands for each instant, within each file and across the files.

        Args:
            loaded: what the table has around a clock change; called only for local times that no
                row read decides.
        """
        if self._value("select count(*) from clock_rows"):
            with self._duckdb.cursor() as reading:
                reading.execute(f"use round_{self._round}")
                self.doubtful_times = decide_doubtful(self._duckdb, reading, loaded)
        self._set_memory(self._at_most(SCAN_MEMORY))
        self._duckdb.execute(statement("compare/people"))
        order = "ordered" if self._value(statement("compare/is_ordered")) else "unordered"
        if order == "ordered":
            self._duckdb.execute(statement("compare/settle_ordered"))
        else:
            self._set_memory(self._memory)
            self._settle_slices()
        self._duckdb.execute(statement(f"compare/file_days_{order}"))
        self._duckdb.execute(statement(f"compare/settled_days_{order}"))

    def _settle_slices(self) -> None:
        """Settle rows in no order, as many at a time as fit into the memory."""
        self._duckdb.execute(statement("compare/settled_unordered"))
        days = [PersonDay(*row) for row in self._rows(statement("compare/rows_by_day"))]
        for part in divide(days, _bytes(self._memory) // BYTES_TO_SORT_A_ROW):
            bounds = asdict(part)
            del bounds["rows"]
            self._duckdb.execute(statement("compare/slice"), bounds)
            self._duckdb.execute(statement("compare/settle_slice"))

    def touch_changed_days(self, known: Sequence[tuple[str, str, date, int, int | None]]) -> None:
        """Touch the days in which a file differs from ``known``, the ledger's days of it."""
        fill(self._duckdb, "known_days", known)
        self._duckdb.execute(statement("compare/touch_changed_days"))

    def touch_days_unlike_table(self, table_days: Sequence[tuple[str, date, int, int]]) -> None:
        """Touch the days in which the table does not hold what the files together give."""
        fill(self._duckdb, "table_days", table_days)
        self._duckdb.execute(statement("compare/touch_days_unlike_table"))

    def touch_all_days(self) -> None:
        """Touch every day the files give."""
        self._duckdb.execute(statement("compare/touch_all_days"))

    def touch(self, days: Sequence[ParticipantDay]) -> None:
        """Touch these days."""
        fill(self._duckdb, "touched", days)

    def touched(self) -> list[ParticipantDay]:
        """The participant-days this run decides."""
        return self._rows("select distinct participant_id, day from touched")

    def files_by_day(self) -> list[Span]:
        """What each file read gives for the touched days."""
        return [
            (name, who, day, _utc(first), _utc(last))
            for name, who, day, first, last in self._rows(statement("compare/files_by_day"))
        ]

    def clock_windows(self) -> list[tuple[str, date, date]]:
        """(participant, first UTC day, last): around which clock changes local times were read."""
        return self._rows(statement("compare/clock_windows"))

    def moved(self, days: Sequence[ParticipantDay]) -> list[MovedReading]:
        """Readings that the table may hold at the other instant of a doubtful time.

        Args:
            days: of which every file was read that ever gave a reading.
        """
        fill(self._duckdb, "all_read_days", days)
        return [
            MovedReading(who, _utc(instant), value, confidence)
            for who, instant, value, confidence in self._rows(statement("compare/moved"))
        ]

    def mixed(self) -> Mix | None:
        """The first participant that is probably two people, if there is one."""
        found = self._rows(statement("compare/mixed"))
        if not found:
            return None
        who, one, other, instants, first = found[0]
        return Mix(who, one, other, instants, _utc(first))

    def conflicts(self) -> int:
        """How many instants stand more than once in what was read, with different values."""
        return self._value(statement("compare/conflicts"))

    def make_delta(self) -> None:
        """Fix the delta: the settled readings of the touched days."""
        whole = self._value(
            "select not exists (select participant_id, day from settled_days except from touched)"
        )
        if not whole:
            self._duckdb.execute(statement("compare/touched_flags"))
        self._duckdb.execute(statement("compare/whole" if whole else "compare/delta"))

    def give_back_memory(self) -> None:
        """Keep nothing in memory of what was read, because something large comes beside."""
        self._set_memory(self._at_most(HAND_OUT_MEMORY))

    def delta(self) -> Iterator[pa.RecordBatch]:
        """The delta in batches: participant_id, timestamp_us (UTC), value (bpm), confidence."""
        self._set_memory(self._at_most(SCAN_MEMORY))
        yield from self._duckdb.sql("from delta").to_arrow_reader(BATCH_ROWS)

    def delta_within(self, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """The delta from ``start`` (inclusive) to ``end``, for one of several threads."""
        with self._duckdb.cursor() as session:
            session.execute(f"use round_{self._round}")
            bounds = {"start": _naive(start), "end": _naive(end)}
            yield from session.sql(
                statement("compare/delta_within"), params=bounds
            ).to_arrow_reader(BATCH_ROWS)

    def staged_days(self) -> list[StagedDay]:
        """What the delta is made of, by participant and UTC day."""
        return [
            StagedDay(who, day, readings, _utc(first), _utc(last))
            for who, day, readings, first, last in self._rows(statement("compare/staged_days"))
        ]

    def accounting(self) -> Accounting:
        """What became of the rows read; ``make_delta`` must have been called."""
        return Accounting(*self._rows(statement("compare/counts"))[0])

    def file_days(self) -> list[FileDay]:
        """What each file read gives, by participant and UTC day."""
        return [
            FileDay(self._names[file_id], who, day, readings, checksum, _utc(first), _utc(last))
            for file_id, who, day, readings, checksum, first, last in self._rows("from file_days")
        ]

    def settled_days(self) -> list[TableDay]:
        """(participant, day, readings, checksum): what the files together give."""
        return self._rows("from settled_days order by participant_id, day")

    def settled_readings(
        self, participant_id: str, day: date
    ) -> list[tuple[datetime, float, int | None]]:
        """(timestamp, value, confidence) of one participant-day."""
        rows = self._rows(statement("commands/verify/settled_readings"), [participant_id, day, day])
        return [(_utc(instant), value, confidence) for instant, value, confidence in rows]

    def read_typed(self, path: Path, layout: Layout, participant_id: str) -> bool:
        """Add to ``typed_days`` what DuckDB's own CSV reader finds in a plain file.

        Returns:
            Whether it could read every row of the file.
        """
        # By a name of ours: DuckDB takes [ and * in a path for a pattern of other files'.
        link = self.folder / "typed.csv"
        link.symlink_to(path.absolute())
        try:
            self._duckdb.execute(
                statement("commands/verify/read_typed").format(relation=layout.reader.relation),
                {
                    "participant_id": participant_id,
                    "path": str(link),
                    "delimiter": layout.delimiter,
                    "header_lines": layout.header_lines,
                },
            )
        except duckdb.Error:
            return False
        finally:
            link.unlink()
        return True

    def typed_days(self) -> list[TableDay]:
        """(participant, day, readings, checksum): what ``read_typed`` found so far."""
        return self._rows(statement("commands/verify/typed_days"))

    def rejected_rows(self) -> list[RejectedRow]:
        """The rejected rows of the files read, as many as are kept."""
        return [RejectedRow(*row) for row in self._rows(statement("read/rejected_rows"))]

    def profile(self) -> Profile:
        """What the rows read are; ``settle`` must have been called."""
        # Rows that alternate between participants have to be sorted; others are neighbours as read.
        alternate = self._value(statement("commands/inspect/sources_alternate"))
        neighbours = "partition by source_id order by rowid" if alternate else ""
        rows, readings, rejected, first, last, participants, *rest, common = self._rows(
            statement("commands/inspect/profile").format(neighbours=neighbours)
        )[0]
        duplicates, steps_back, steps = rest
        return Profile(
            rows,
            readings,
            rejected,
            first and _utc(first),
            last and _utc(last),
            participants or [],
            duplicates,
            steps_back,
            steps,
            [(step["seconds"], step["times"]) for step in common or []],
        )

    def rejected_reasons(self) -> list[Reason]:
        """Why rows were rejected, the commonest reason first."""
        return [Reason(*row) for row in self._rows(statement("commands/inspect/rejected_reasons"))]

    def latest(self) -> list[tuple[str, datetime]]:
        """Each participant's latest reading in what was read."""
        return [(who, _utc(latest)) for who, latest in self._rows(statement("compare/latest"))]

    def _at_most(self, limit: str) -> str:
        return min(limit, self._memory, key=_bytes)

    def _set_memory(self, limit: str) -> None:
        self._duckdb.execute(f"set memory_limit = '{limit}'")

    def _value(self, query: str, *values: object) -> int:
        return int(self._rows(query, values)[0][0])

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        return self._duckdb.execute(query, values).fetchall()


def remove_leftovers(parent: Path) -> None:
    """Remove the scratch folders of runs that were killed: they may be as large as the files."""
    for folder in parent.glob(f"{PREFIX}*"):
        process = folder.name.removeprefix(PREFIX).split("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _twice(limit: str) -> str:
    """Twice as much memory, for documents: DuckDB reserves 32 MB for each and fills a thirtieth.

    With less it gives them back to the system at every file.
    """
    number, unit = _split(limit)
    return f"{2 * number}{unit}"


def _bytes(limit: str) -> int:
    """A limit in DuckDB's notation as bytes."""
    number, unit = _split(limit)
    thousand = 1024 if unit[1:2].lower() == "i" else 1000
    return int(number * thousand ** (1 + "KMGT".index(unit[0].upper())))


def _split(limit: str) -> tuple[float, str]:
    number = limit.rstrip(ascii_letters + " ")
    return float(number), limit.removeprefix(number).strip()


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
