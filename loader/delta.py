"""Find the delta: which part of which file is new, and which participant-days that touches."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, combinations
from typing import TYPE_CHECKING

from psycopg2.extensions import connection as Connection

from loader import ledger
from loader.comparison import TableDay, TableDays
from loader.counts import Counts
from loader.database import heart_rate_oid
from loader.errors import LoaderError, MixedParticipantsError, NoInputError
from loader.files import DataFile, Opener, discover
from loader.ledger import Entry, KnownFile, ParticipantDay, PassedOver, Span
from loader.participants import read_zones
from loader.parts import Part, read_part_batches
from loader.planning import FilePlanner, Mode, Planned
from loader.readers import UNDERSTOOD
from loader.reading_rule import ReadingRule
from loader.settings import Settings

if TYPE_CHECKING:
    from loader.scratch import MovedReading, Scratch


@dataclass
class Delta:
    """What a run found.

    Attributes:
        counts: what became of the rows, as far as known before the merge.
        entry: what the ledger is to be told once the delta is merged.
        faults: files that were refused; the others are in the delta.
        waiting: names of files whose last line has no newline yet and was left alone.
        read_otherwise: names of files that are in under another participant or time zone than
            the settings give them now.
        moved: readings that the table may hold at the other instant of a doubtful local time.
    """

    counts: Counts = field(default_factory=Counts)
    entry: Entry = field(default_factory=Entry)
    faults: list[LoaderError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    read_otherwise: list[str] = field(default_factory=list)
    moved: "list[MovedReading]" = field(default_factory=list)


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
        self._rule = ReadingRule(settings, read_zones(settings))
        self._opener = Opener()
        self._files: dict[str, DataFile] = {}
        self._known: dict[str, KnownFile] = {}
        self._planner = FilePlanner(self._rule, self._opener, self._known, mode)
        self._passed_over: set[PassedOver] = set()
        self._seen_passed_over: set[str] = set()
        self._parts: dict[str, Part] = {}
        self._damaged: list[str] = []
        self._vanished_days: list[ParticipantDay] = []
        self.delta = Delta()

    def plan(self) -> bool:
        """Look at every file; returns whether anything has to be read or decided.

        Raises:
            NoInputError: there is no file at all, or none that is understood.
            LoaderError: every file that ought to be understood is faulty.
        """
        self._known.update(ledger.known_files(self._session))
        self._passed_over = ledger.passed_over(self._session)
        with self._opener:
            for file in discover(self._settings.data_dir):
                self._plan_entry(file)
            if not self._files:
                raise self._nothing_understood()
            self._plan_vanished_files()
        self.delta.entry.no_longer_passed_over = [
            file.name for file in self._passed_over if file.name not in self._seen_passed_over
        ]
        self.delta.counts.files_seen = len(self._files)
        self.delta.counts.files_passed_over = self._count_passed_over()
        return bool(self._parts)

    def _nothing_understood(self) -> LoaderError:
        if self.delta.faults:
            return self.delta.faults[0]
        return NoInputError(
            f"none of the {self._count_passed_over():,} files in "
            f"{self._settings.data_dir} is understood",
            f"put one of these there, or set DATA_DIR to their folder: {UNDERSTOOD}",
        )

    def _plan_entry(self, file: DataFile) -> None:
        """Plan a file on the disk, or each one in it."""
        if self._is_passed_over(file):
            return
        try:
            members = None if file.name in self._known else self._opener.members(file)
        except LoaderError as fault:
            self._refuse(file, fault)
            return
        if members is None:
            self._plan_or_refuse(file)
        else:
            self._plan_archive(file, members)

    def _plan_archive(self, file: DataFile, members: list[DataFile]) -> None:
        before = len(self._files) + len(self.delta.faults)
        for member in members:
            if not self._is_passed_over(member):
                self._plan_or_refuse(member)
        if len(self._files) + len(self.delta.faults) == before:
            # A spreadsheet or a program is an archive too: one file, not the dozens inside.
            inside = {member.name for member in members}
            self._seen_passed_over -= inside
            self.delta.entry.passed_over = [
                other for other in self.delta.entry.passed_over if other.name not in inside
            ]
            self._pass_over(file)

    def _count_passed_over(self) -> int:
        return len(self._seen_passed_over) + len(self.delta.entry.passed_over)

    def _is_passed_over(self, file: DataFile) -> bool:
        found = PassedOver(file.name, file.size, file.stamp) in self._passed_over
        if found:
            self._seen_passed_over.add(file.name)
        return found

    def _pass_over(self, file: DataFile) -> None:
        self.delta.entry.passed_over.append(PassedOver(file.name, file.size, file.stamp))

    def _plan_or_refuse(self, file: DataFile) -> None:
        try:
            planned = self._planner.plan(file)
        except LoaderError as fault:
            self._refuse(file, fault)
            return
        if planned is None:
            self._pass_over(file)
            return
        self._files[file.name] = file
        self._note(file, planned)

    def _note(self, file: DataFile, planned: Planned) -> None:
        if planned.part:
            self._parts[file.name] = planned.part
        if planned.status:
            self.delta.entry.files.append(planned.status)
        if planned.waits and file.name not in self.delta.waiting:
            self.delta.waiting.append(file.name)
        if planned.read_otherwise:
            self.delta.read_otherwise.append(file.name)

    def _plan_whole(self, file: DataFile) -> None:
        """Plan to read all of a file that is understood."""
        planned = self._planner.plan_whole(file)
        if planned:
            self._note(file, planned)

    def _refuse(self, file: DataFile, fault: LoaderError) -> None:
        """Keep a fault for the end of the run; what the file gave before stays."""
        self.delta.faults.append(fault)
        self._damaged.append(file.name)
        self._files.pop(file.name, None)
        self._parts.pop(file.name, None)

    def read(self, scratch: "Scratch", table_days: TableDays | None) -> None:
        """Read the planned parts into ``scratch`` and fix the delta there.

        A touched day that several files cover is decided from all of them, so those are read in
        full, which may touch more days: repeat until nothing more is contested. So are those that
        cover a clock change near which local times were read.

        Args:
            scratch: where to.
            table_days: what the table holds, to decide the days in which it differs too; a rebuild
                decides every day anyway. None: the ledger is believed.

        Raises:
            MixedParticipantsError: two people would become one.
            LoaderError: a rebuild can't read one of the files.
        """
        while True:
            self.read_files(scratch)
            self._touch(scratch, table_days)
            wanted = {*self._contested(scratch), *self._around_clock_changes(scratch)}
            if not wanted:
                break
            with self._opener:
                for name in sorted(wanted):
                    self._plan_whole(self._files[name])
            scratch.clear()
        if self._mode is Mode.REBUILD and self.delta.faults:
            raise self.delta.faults[0]
        self._refuse_mixed_participants(scratch)
        scratch.make_delta()
        self._account(scratch)
        self.delta.moved = self._moved(scratch)

    def read_typed(self, scratch: "Scratch") -> list[TableDay] | None:
        """What the planned files give by day, as DuckDB's own CSV reader reads them.

        Returns:
            (participant, day, readings, checksum), an instant that stands twice counted twice;
            None where one of the files can't be read that way.
        """
        parts = self._parts.values()
        if not all(part.typed for part in parts):
            return None
        total = sum(part.size for part in parts)
        for part in parts:
            if not scratch.read_typed(part.file.path, part.layout, part.owner.participant_id):
                return None
            self._progress("reading", part.size, total)
        return scratch.typed_days()

    def read_files(self, scratch: "Scratch") -> None:
        """Read the planned parts into ``scratch`` and decide which row stands for each instant."""
        self._read_parts(scratch)
        scratch.settle()

    def _plan_vanished_files(self) -> None:
        """What vanished files gave stays, but days they shared are decided from the others."""
        damaged = tuple(f"{name}/" for name in self._damaged)
        vanished = [
            name
            for name, known in self._known.items()
            if name not in self._files
            and not known.vanished
            and name not in self._damaged
            # What is in an archive that can't be read is not gone.
            and not name.startswith(damaged)
        ]
        self.delta.entry.vanished = vanished
        if not vanished:
            return
        days = [(who, day) for _, who, day, *_ in ledger.known_days(self._session, vanished)]
        for name, who, day, *_ in ledger.files_covering(self._session, days):
            if name in self._files:
                self._vanished_days.append((who, day))
                self._plan_whole(self._files[name])

    def _read_parts(self, scratch: "Scratch") -> None:
        with self._opener:
            total = sum(part.size for part in self._parts.values())
            read, faults = read_part_batches(
                scratch,
                self._opener,
                self._parts.values(),
                self._rule.zones,
                lambda done: self._progress("reading", done, total),
            )
        for part, fault in faults:
            self._refuse(part.file, fault)
        self.delta.entry.files = [
            file for file in self.delta.entry.files if file.name not in self._parts
        ] + read
        self.delta.counts.files_read = len(self._parts)
        self.delta.entry.scanned = [
            part.file.name for part in self._parts.values() if not part.appended
        ]

    def _touch(self, scratch: "Scratch", table_days: TableDays | None) -> None:
        if self._mode is Mode.REBUILD:
            scratch.touch_all_days()
            return
        scanned = [part.file.name for part in self._parts.values() if not part.appended]
        scratch.touch_changed_days(ledger.known_days(self._session, scanned))
        scratch.touch(self._vanished_days)
        if table_days is not None:
            scratch.touch_days_unlike_table(table_days.beside(scratch.settled_days()))

    def _contested(self, scratch: "Scratch") -> list[str]:
        """Files that must be read in full, because not they alone decide a touched day they cover.

        Files that cover a day between other instants, as daily ones do, decide it side by side.
        """
        whole = {name for name, part in self._parts.items() if not part.appended}
        if whole == set(self._files) or not (set(self._known) - whole):
            return []
        covering: dict[ParticipantDay, list[Span]] = defaultdict(list)
        for span in [
            *scratch.files_by_day(),
            *ledger.files_covering(self._session, scratch.touched()),
        ]:
            name, who, day, *_ = span
            if name in self._files:
                covering[who, day].append(span)
        contested = {
            span[0]
            for spans in covering.values()
            for pair in combinations(spans, 2)
            if self._decide_together(*pair)
            for span in pair
        }
        return sorted(contested - whole)

    def _decide_together(self, one: Span, other: Span) -> bool:
        """Whether two spans of a day may hold the same instants and one of the files was read."""
        (name, *_, first, last), (other_name, *_, other_first, other_last) = one, other
        if name == other_name or not {name, other_name} & self._parts.keys():
            return False
        apart = (first is not None and first > other_last) or (
            other_first is not None and other_first > last
        )
        return not apart

    def _around_clock_changes(self, scratch: "Scratch") -> list[str]:
        """Files to be read in full, because they may help to decide the doubtful times of others.

        A doubtful time is decided among all rows of the participant around the change, so nothing
        that covers it is left out or read in part.
        """
        days = self._days_around_clock_changes(scratch)
        if not days:
            return []
        whole = {name for name, part in self._parts.items() if not part.appended}
        covering = {name for name, *_ in ledger.files_covering(self._session, days)}
        return sorted((covering & self._files.keys()) - whole)

    def _days_around_clock_changes(self, scratch: "Scratch") -> list[ParticipantDay]:
        """The days around changes near which this run read local times and decides a day."""
        windows = scratch.clock_windows()
        if not windows:
            return []
        touched = set(scratch.touched())
        around = (
            [(who, first + timedelta(days=days)) for days in range((last - first).days + 1)]
            for who, first, last in windows
        )
        # A full comparison reads every file, and may find readings on days that none gives.
        everything = self._mode is Mode.RECONCILE
        wanted = (days for days in around if everything or not touched.isdisjoint(days))
        return list(dict.fromkeys(chain.from_iterable(wanted)))

    def _moved(self, scratch: "Scratch") -> "list[MovedReading]":
        """What the table may hold at the other instant of a doubtful time, and is to be deleted.

        Not on a day for which a file that is gone or refused gave readings; of a renamed file
        nothing is missing.
        """
        if self._mode is Mode.REBUILD or heart_rate_oid(self._session) is None:
            return []
        days = self._days_around_clock_changes(scratch)
        if not days:
            return []
        present = {name: known for name, known in self._known.items() if name in self._files}
        present |= {file.name: file for file in self.delta.entry.files}
        contents = {_content(known) for known in present.values()}
        missing = {
            (who, day)
            for name, who, day in ledger.missing_days(self._session, list(self._files), days)
            if _content(self._known[name]) not in contents
        }
        return scratch.moved([day for day in days if day not in missing])

    def _refuse_mixed_participants(self, scratch: "Scratch") -> None:
        mix = scratch.mixed()
        if mix is None:
            return
        raise MixedParticipantsError(
            f"{mix.one} and {mix.other} would both be participant {mix.participant_id}, but "
            f"disagree about {mix.instants:,} instants, the first "
            f"{mix.first_timestamp:%Y-%m-%d %H:%M:%S} UTC",
            "set FITBIT_PARTICIPANT_FROM=folder if they are two people's; if they are one's, put "
            "both below one folder, or each below a folder participant_id=…",
        )

    def _account(self, scratch: "Scratch") -> None:
        accounting = scratch.accounting()
        counts = self.delta.counts
        counts.read = accounting.read
        counts.rejected = accounting.rejected
        counts.duplicate = accounting.duplicate
        counts.unchanged = accounting.untouched
        counts.staged = accounting.staged
        counts.conflicts = scratch.conflicts()
        counts.local_times = scratch.doubtful_times
        entry = self.delta.entry
        entry.days = scratch.file_days()
        self._mark_read_files(entry)
        entry.rejected = scratch.rejected_rows()
        entry.latest = scratch.latest()

    def _mark_read_files(self, entry: Entry) -> None:
        """Keep under which rule the files were read; what was only looked at keeps its mark."""
        whose: dict[str, set[str]] = defaultdict(set)
        for day in entry.days:
            whose[day.name].add(day.participant_id)
        for place, file in enumerate(entry.files):
            part = self._parts.get(file.name)
            if part is not None:
                before = self._known.get(file.name)
                read_as = self._rule.read_as(part, before, whose[file.name])
                entry.files[place] = replace(file, read_as=read_as)


def _content(known: KnownFile) -> tuple[object, ...]:
    """What was read of a file, and as whose: equal for a file that was renamed."""
    fingerprint = known.fingerprint
    return (known.format, fingerprint.length, bytes(fingerprint.digests), known.read_as)
