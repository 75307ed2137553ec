"""Find the delta: which part of which file is new, and which participant-days that touches."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg2.extensions import connection as Connection

from loader import ledger
from loader.comparison import table_days
from loader.counts import Counts
from loader.errors import BadFileError, LoaderError
from loader.files import DataFile, discover, open_file, recognise_file
from loader.fingerprint import Fingerprint
from loader.ledger import Entry, KnownFile, ParticipantDay
from loader.readers import Layout
from loader.settings import Settings
from loader.snapshot import last_line_end, take_snapshot

if TYPE_CHECKING:
    from loader.scratch import Scratch


class Mode(StrEnum):
    """How much a run looks at."""

    DELTA = "delta"
    """Only what is new or changed by the ledger's fingerprints."""
    RECONCILE = "reconcile"
    """Every file in full, against the ledger's days and against the table."""
    REBUILD = "full refresh"
    """Every file in full, all of it staged."""
    VERIFY = "verify"
    """Every file in full, only to be compared: what waits for the next run still waits."""


@dataclass(frozen=True)
class Part:
    """The part of a file that is to be read.

    Attributes:
        file, layout: what it is.
        start, end: the bytes of its whole lines; ``tail_end`` is larger than ``end`` where a last
            line without its newline is taken too.
        first_line: the number of its first line in the file.
        appended: it continues what is already in; else it is the whole file.
        known: the fingerprint of what is before it.
    """

    file: DataFile
    layout: Layout
    start: int
    end: int
    tail_end: int
    first_line: int
    appended: bool
    known: Fingerprint


@dataclass
class Delta:
    """What a run found.

    Attributes:
        counts: what became of the rows, as far as known before the merge.
        entry: what the ledger is to be told once the delta is merged.
        faults: files that were refused; the others are in the delta.
        waiting: names of files whose last line has no newline yet and was left alone.
    """

    counts: Counts = field(default_factory=Counts)
    entry: Entry = field(default_factory=Entry)
    faults: list[LoaderError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


Progress = Callable[[str, int, int], None]
"""Called with what is going on, how many bytes or rows were done now, and how many there are."""


class DeltaFinder:
    """Finds one run's delta; call ``plan``, then ``read`` if there is anything to read."""

    def __init__(
        self, settings: Settings, session: Connection, mode: Mode, progress: Progress
    ) -> None:
        self._settings = settings
        self._session = session
        self._mode = mode
        self._progress = progress
        self._files: dict[str, DataFile] = {}
        self._known: dict[str, KnownFile] = {}
        self._parts: dict[str, Part] = {}
        self._vanished_days: list[ParticipantDay] = []
        self.delta = Delta()

    def plan(self) -> bool:
        """Look at every file; returns whether anything has to be read or decided.

        Raises:
            NoInputError: there is no file at all.
            LoaderError: every single file is faulty.
        """
        self._files = {file.name: file for file in discover(self._settings.data_dir)}
        self._known = ledger.known_files(self._session)
        for file in self._files.values():
            try:
                self._plan_file(file)
            except LoaderError as fault:
                self.delta.faults.append(fault)
        if len(self.delta.faults) == len(self._files):
            raise self.delta.faults[0]
        self._plan_vanished_files()
        self.delta.counts.files_seen = len(self._files)
        return bool(self._parts)

    def read(self, scratch: "Scratch") -> None:
        """Read the planned parts into ``scratch`` and fix the delta there.

        A touched day that several files cover is decided from all of them, so those are read in
        full, which may touch more days: repeat until nothing more is contested.
        """
        while True:
            self.read_files(scratch)
            self._touch(scratch)
            contested = self._contested(scratch)
            if not contested:
                break
            for name in contested:
                self._parts[name] = self._whole(self._files[name])
            scratch.clear()
        scratch.make_delta()
        self._account(scratch)

    def read_files(self, scratch: "Scratch") -> None:
        """Read the planned parts into ``scratch`` and decide which row stands for each instant."""
        self._read_parts(scratch)
        scratch.settle()

    def _plan_file(self, file: DataFile) -> None:
        known = self._known.get(file.name)
        if known is None or known.vanished or self._mode is not Mode.DELTA:
            self._parts[file.name] = self._whole(file)
        elif _same_status(file, known):
            if _has_waiting_line(known):
                self._parts[file.name] = self._rest(file, known, tail_end=file.size)
        else:
            self._plan_changed_file(file, known)

    def _plan_changed_file(self, file: DataFile, known: KnownFile) -> None:
        # Without growth there is only a correction to be found: then every block is compared.
        turn = known.times_read if file.size > known.size else None
        with open_file(file) as stream:
            grown = not known.unterminated_line_taken and known.fingerprint.matches(stream, turn)
            end = last_line_end(stream, file.size)
        if not grown:
            self._parts[file.name] = self._whole(file)
        elif end > known.fingerprint.length:
            self._parts[file.name] = self._rest(file, known, tail_end=end)
        else:
            self._note_waiting_line(file, end)
            self.delta.entry.files.append(
                replace(known, size=file.size, modified_ns=file.modified_ns)
            )

    def _rest(self, file: DataFile, known: KnownFile, tail_end: int) -> Part:
        """What stands behind the known part."""
        with open_file(file) as stream:
            layout = recognise_file(file, stream)
            end = last_line_end(stream, file.size)
        self._note_waiting_line(file, max(end, tail_end))
        return Part(
            file=file,
            layout=layout,
            start=known.fingerprint.length,
            end=end,
            tail_end=max(end, tail_end),
            first_line=known.lines_read + 1,
            appended=True,
            known=known.fingerprint,
        )

    def _whole(self, file: DataFile) -> Part:
        """The whole file; its unterminated last line too if it was there before, unchanged."""
        known = self._known.get(file.name)
        with open_file(file) as stream:
            layout = recognise_file(file, stream)
            end = last_line_end(stream, file.size)
        if file.size <= layout.data_offset:
            raise BadFileError(
                f"{file.name} holds a header and no readings",
                "export it again, or take it out of the folder",
            )
        tail_end = file.size if self._takes_waiting_line(file, known) else end
        self._note_waiting_line(file, tail_end)
        return Part(
            file=file,
            layout=layout,
            start=layout.data_offset,
            end=end,
            tail_end=tail_end,
            first_line=layout.header_lines + 1,
            appended=False,
            known=Fingerprint(),
        )

    def _takes_waiting_line(self, file: DataFile, known: KnownFile | None) -> bool:
        if known is None or known.vanished or not _same_status(file, known):
            return False
        return known.unterminated_line_taken or self._mode is not Mode.VERIFY

    def _note_waiting_line(self, file: DataFile, taken_to: int) -> None:
        if taken_to < file.size and file.name not in self.delta.waiting:
            self.delta.waiting.append(file.name)

    def _plan_vanished_files(self) -> None:
        """What vanished files gave stays, but days they shared are decided from the others."""
        vanished = [
            name
            for name, known in self._known.items()
            if name not in self._files and not known.vanished
        ]
        self.delta.entry.vanished = vanished
        if not vanished:
            return
        days = [(who, day) for _, who, day, *_ in ledger.known_days(self._session, vanished)]
        for name, who, day in ledger.files_covering(self._session, days):
            if name in self._files:
                self._vanished_days.append((who, day))
                self._parts[name] = self._whole(self._files[name])

    def _read_parts(self, scratch: "Scratch") -> None:
        parts = sorted(self._parts.values(), key=lambda part: (part.layout.rank, part.file.name))
        total = sum(part.tail_end - part.start for part in parts)
        self.delta.entry.files = [
            file for file in self.delta.entry.files if file.name not in self._parts
        ]
        for number, part in enumerate(parts):
            self._read_part(scratch, part, scratch.folder / f"{number}.csv", total)
        self.delta.counts.files_read = len(parts)
        self.delta.entry.scanned = [part.file.name for part in parts if not part.appended]

    def _read_part(self, scratch: "Scratch", part: Part, target: Path, total: int) -> None:
        with open_file(part.file) as stream:
            snapshot = take_snapshot(
                stream,
                target,
                part.start,
                part.end,
                part.tail_end,
                part.known,
                lambda done: self._progress("reading", done, total),
            )
        scratch.parse(
            part.file.name,
            part.layout,
            self._settings.participant,
            target,
            snapshot.lines,
            part.first_line,
            part.appended,
        )
        target.unlink()
        tail_taken = part.tail_end > part.end
        self.delta.entry.files.append(
            KnownFile(
                name=part.file.name,
                format=part.layout.format,
                size=part.file.size,
                modified_ns=part.file.modified_ns,
                lines_read=part.first_line - 1 + snapshot.lines - tail_taken,
                unterminated_line_taken=tail_taken,
                fingerprint=snapshot.fingerprint,
            )
        )

    def _touch(self, scratch: "Scratch") -> None:
        if self._mode is Mode.REBUILD:
            scratch.touch_all_days()
            return
        scanned = [part.file.name for part in self._parts.values() if not part.appended]
        scratch.touch_changed_days(ledger.known_days(self._session, scanned))
        scratch.touch(self._vanished_days)
        if self._mode is Mode.RECONCILE:
            scratch.touch_days_unlike_table(table_days(self._session))

    def _contested(self, scratch: "Scratch") -> list[str]:
        """Files that must be read in full, because not they alone decide a touched day they cover.

        A day is theirs alone where only their own appended rows touched it.
        """
        whole = {name for name, part in self._parts.items() if not part.appended}
        if whole == set(self._files) or not (set(self._known) - whole):
            return []
        covering: dict[ParticipantDay, set[str]] = defaultdict(set)
        for name, who, day in scratch.files_by_day():
            covering[who, day].add(name)
        for name, who, day in ledger.files_covering(self._session, scratch.touched()):
            if name in self._files:
                covering[who, day].add(name)
        shared = (
            names
            for names in covering.values()
            if len(names) > 1 or not names <= self._parts.keys()
        )
        return sorted(set().union(*shared) - whole)

    def _account(self, scratch: "Scratch") -> None:
        accounting = scratch.accounting()
        counts = self.delta.counts
        counts.read = accounting.read
        counts.rejected = accounting.rejected
        counts.duplicate = accounting.duplicate
        counts.unchanged = accounting.untouched
        counts.staged = accounting.staged
        entry = self.delta.entry
        entry.days = scratch.file_days()
        entry.rejected = scratch.rejected_rows()
        entry.latest = scratch.latest()


def _same_status(file: DataFile, known: KnownFile) -> bool:
    return (file.size, file.modified_ns) == (known.size, known.modified_ns)


def _has_waiting_line(known: KnownFile) -> bool:
    return known.size > known.fingerprint.length and not known.unterminated_line_taken
