"""Find the delta: which part of which file is new, and which participant-days that touches."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from psycopg2.extensions import connection as Connection

from loader.compare.overlaps import overlapping
from loader.configuration.settings import Settings
from loader.database.session import heart_rate_oid
from loader.errors import (
    CantWriteError,
    FileChangedError,
    LoaderError,
    MixedParticipantsError,
    NoInputError,
    TooManyRejectedError,
)
from loader.find.attribution import ReadingRule
from loader.find.data_files import DataFile, Listing, discover
from loader.find.disk_status import changed, has_changed
from loader.find.file_kinds import examples
from loader.find.file_plan import FilePlanner, Planned
from loader.find.opener import Opener
from loader.find.participants import read_zones
from loader.ledger import files as ledger
from loader.ledger.files import (
    Entry,
    KnownArchive,
    KnownFile,
    ParticipantDay,
    PassedOver,
    RefusedFile,
    Span,
)
from loader.ledger.row_counts import Counts
from loader.ledger.table_days import TableDay, TableDays, readings_between
from loader.mode import Mode
from loader.read.parts import Part, read_part_batches
from loader.read.reject_limit import RejectLimit
from loader.readers import UNDERSTOOD
from loader.wording import counted

if TYPE_CHECKING:
    from loader.read.clock_changes import Change, Loaded
    from loader.read.scratch import MovedReading, Scratch


@dataclass(frozen=True)
class LoadedSample:
    """The tracked sample, which is loaded but no longer read, because there are other files.

    Attributes:
        names: how the ledger calls its file.
        days: what it gave by day.
        news: the ledger knows no other file yet, so this is the first run that leaves it out.
    """

    names: list[str]
    days: list[TableDay]
    news: bool

    @property
    def readings(self) -> int:
        """How many readings it gave."""
        return sum(readings for *_, readings, _ in self.days)


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
        sample: the sample's readings that are loaded; None where it is one of the files read, or
            is not loaded.
        earlier_sample: a file that is gone and was the sample of an earlier version of the
            project, which loaded it as a participant like any other.
        changing: names of files that were replaced, rewritten or removed while the run worked: they
            are left for the next run.
        not_compared: of grown files, how many bytes were not compared with what is known of them.
        moved: readings that the table may hold at the other instant of a doubtful local time.
    """

    counts: Counts = field(default_factory=Counts)
    entry: Entry = field(default_factory=Entry)
    faults: list[LoaderError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    read_otherwise: list[str] = field(default_factory=list)
    sample: LoadedSample | None = None
    earlier_sample: KnownFile | None = None
    changing: list[str] = field(default_factory=list)
    not_compared: dict[str, int] = field(default_factory=dict)
    moved: "list[MovedReading]" = field(default_factory=list)

    @property
    def sample_days(self) -> set[TableDay]:
        """What the table holds of the sample where it is loaded but no longer read."""
        return set(self.sample.days) if self.sample else set()

    def require_all(self) -> None:
        """For a run that must not do without a file.

        Raises:
            LoaderError: one was refused, or changed while it was read.
        """
        if self.faults:
            raise self.faults[0]
        if self.changing:
            raise changed(self.changing[0])


Progress = Callable[[str, int, int], None]
"""Called with what is going on, how many bytes or rows were done now, and how many there are."""


class DeltaFinder:
    """Finds one run's delta; call ``plan``, then ``read`` if there is anything to read."""

    def __init__(
        self,
        settings: Settings,
        session: Connection,
        mode: Mode,
        progress: Progress,
        limit: RejectLimit | None = None,
    ) -> None:
        self._settings = settings
        self._session = session
        self._mode = mode
        self._progress = progress
        self._rule = ReadingRule(settings, read_zones(settings))
        self._opener = Opener(settings.scratch_dir)
        self._files: dict[str, DataFile] = {}
        self._known: dict[str, KnownFile] = {}
        self._planner = FilePlanner(self._rule, self._opener, self._known, mode)
        self._limit = limit or RejectLimit()
        self._refused: dict[str, RefusedFile] = {}
        self._passed_over: set[PassedOver] = set()
        self._seen_passed_over: set[str] = set()
        self._archives: dict[str, KnownArchive] = {}
        self._inside: dict[str, list[str]] = {}
        self._looked_through: dict[str, KnownArchive] = {}
        self._parts: dict[str, Part] = {}
        self._missing: set[str] = set()
        self._vanished_days: list[ParticipantDay] = []
        self.delta = Delta()

    def plan(self) -> bool:
        """Look at every file; returns whether anything has to be read or decided.

        Raises:
            NoInputError: there is no file at all, or none that is understood.
            LoaderError: every file that ought to be understood is faulty.
        """
        found = self.look()
        if not self._files and not self.delta.changing:
            raise self._nothing_understood(found)
        with self._opener:
            self._plan_vanished_files()
        self.delta.entry.no_longer_passed_over = [
            file.name for file in self._passed_over if file.name not in self._seen_passed_over
        ]
        self.delta.entry.archives = list(self._looked_through.values())
        self._note_no_longer_refused()
        self.delta.counts.files_seen = len(self._files)
        self.delta.counts.files_passed_over = self._count_passed_over()
        return bool(self._parts)

    def look(self) -> Listing:
        """Decide of every file there is what has to be read of it; returns what is on the disk.

        Raises:
            NoInputError: the folder is missing or can't be read.
        """
        self._known.update(ledger.known_files(self._session))
        self._passed_over = ledger.passed_over(self._session)
        self._refused = ledger.refused_files(self._session)
        if self._mode is Mode.DELTA:
            self._archives = ledger.known_archives(self._session)
            self._inside = self._names_by_archive()
        found = discover(self._settings.data_dir)
        with self._opener:
            self._plan_listing(found)
        return found

    @property
    def rule(self) -> ReadingRule:
        """Under whom files are read."""
        return self._rule

    @property
    def known(self) -> Mapping[str, KnownFile]:
        """What the ledger knows, by name."""
        return self._known

    @property
    def files(self) -> Mapping[str, DataFile]:
        """The files that are understood, by name."""
        return self._files

    @property
    def parts(self) -> Mapping[str, Part]:
        """What is to be read of them, by name."""
        return self._parts

    @property
    def damaged(self) -> Sequence[str]:
        """The names of what ought to be understood and is left out: files, archives, folders."""
        return sorted(self._missing)

    @property
    def names_passed_over(self) -> Collection[str]:
        """The files that no reader claims."""
        return {*self._seen_passed_over, *(file.name for file in self.delta.entry.passed_over)}

    def _nothing_understood(self, found: Listing) -> LoaderError:
        if found.is_empty:
            return NoInputError(
                f"no file in {self._settings.data_dir}",
                "put hr.csv or an export there, or set DATA_DIR to the folder with it",
            )
        if self.delta.faults:
            return self.delta.faults[0]
        seen = ", ".join(examples({file.name: file.seen for file in self.delta.entry.passed_over}))
        passed_over = counted(self._count_passed_over(), "file")
        return NoInputError(
            f"none of the {passed_over} in {self._settings.data_dir} is understood"
            + (f" ({seen})" if seen else ""),
            f"put one of these there, or set DATA_DIR to their folder: {UNDERSTOOD}",
        )

    def _plan_listing(self, listing: Listing) -> None:
        """Plan what a folder or an archive holds."""
        for file in listing.files:
            self._plan_entry(file)
        for file, kind in listing.skipped:
            if not self._is_passed_over(file):
                self._pass_over(file, f"is {kind}")
        for fault in listing.faults:
            self._keep_fault(fault.names, fault.error)

    def _plan_entry(self, file: DataFile) -> None:
        """Plan a file, or each one in it."""
        if self._is_passed_over(file):
            return
        known = self._known.get(file.name)
        if self._is_known_archive(file):
            self._plan_known_archive(file)
            return
        try:
            is_file = known is not None and not known.vanished
            listing = None if is_file else self._opener.members(file)
        except CantWriteError:
            raise
        except LoaderError as fault:
            self._do_without(file, fault)
            return
        if listing is None:
            self._plan_or_refuse(file)
        else:
            self._plan_archive(file, listing)

    def _plan_archive(self, file: DataFile, listing: Listing) -> None:
        understood, left_out = len(self._files), self._left_out()
        self._plan_listing(listing)
        if self._left_out() > left_out:
            return
        if len(self._files) == understood:
            # A spreadsheet or a program is an archive too: one file, not the dozens inside.
            inside = f"{file.name}/"
            self._seen_passed_over = {
                name for name in self._seen_passed_over if not name.startswith(inside)
            }
            self.delta.entry.passed_over = [
                other for other in self.delta.entry.passed_over if not other.name.startswith(inside)
            ]
            self._pass_over(file, f"is {listing.kind}")
        elif not any(each.whole_name for each in (file, *listing.files)):
            # From a shortened name the folders of the file are not known again.
            members = len(listing.files) + len(listing.skipped)
            self._looked_through[file.name] = KnownArchive(
                file.name, file.size, file.stamp, file.changed_ns, members
            )

    def _is_known_archive(self, file: DataFile) -> bool:
        """Whether an archive is as it was, and the ledger knows all that is in it."""
        members = len(self._inside.get(file.name, ()))
        return self._archives.get(file.name) == KnownArchive(
            file.name, file.size, file.stamp, file.changed_ns, members
        )

    def _plan_known_archive(self, archive: DataFile) -> None:
        """Plan the members of an archive that is as it was, without opening it."""
        self._looked_through[archive.name] = self._archives[archive.name]
        for name in self._inside.get(archive.name, []):
            if name in self._archives:
                inner = self._archives[name]
                self._plan_entry(archive.member(name, inner.size, inner.stamp))
            elif name in self._known:
                known = self._known[name]
                self._plan_or_refuse(archive.member(name, known.size, known.stamp))
            else:
                self._seen_passed_over.add(name)

    def _names_by_archive(self) -> dict[str, list[str]]:
        """What the ledger knows to be in each archive, directly and not in another one in it."""
        inside: dict[str, list[str]] = defaultdict(list)
        if self._archives:
            names = [name for name, known in self._known.items() if not known.vanished]
            names += [file.name for file in self._passed_over]
            for name in [*names, *self._archives]:
                folder = name
                while "/" in folder:
                    folder = folder.rpartition("/")[0]
                    if folder in self._archives:
                        inside[folder].append(name)
                        break
        return inside

    def _left_out(self) -> int:
        return len(self.delta.faults) + len(self.delta.changing)

    def _count_passed_over(self) -> int:
        return len(self._seen_passed_over) + len(self.delta.entry.passed_over)

    def _is_passed_over(self, file: DataFile) -> bool:
        found = PassedOver(file.name, file.size, file.stamp) in self._passed_over
        if found:
            self._seen_passed_over.add(file.name)
        return found

    def _pass_over(self, file: DataFile, seen: str) -> None:
        self.delta.entry.passed_over.append(PassedOver(file.name, file.size, file.stamp, seen))

    def _plan_or_refuse(self, file: DataFile) -> None:
        try:
            self._refuse_again(file)
            planned = self._planner.plan(file)
        except CantWriteError:
            raise
        except LoaderError as fault:
            self._do_without(file, fault)
            return
        if planned.seen:
            self._pass_over(file, planned.seen)
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
        if planned.not_compared:
            self.delta.not_compared[file.name] = planned.not_compared

    def _plan_whole(self, file: DataFile) -> None:
        """Plan to read all of a file that is understood."""
        try:
            planned = self._planner.plan_whole(file)
        except CantWriteError:
            raise
        except LoaderError as fault:
            self._do_without(file, fault)
            return
        accepted = self._parts.get(file.name)
        if planned.part and accepted and accepted.appended:
            # What was appended has just been judged, and what it continues was loaded.
            planned = replace(planned, part=replace(planned.part, judged=False))
        if not planned.seen:
            self.delta.not_compared.pop(file.name, None)
            self._note(file, planned)

    def _note_no_longer_refused(self) -> None:
        refused = {file.name for file in self.delta.entry.refused}
        self.delta.entry.no_longer_refused = [name for name in self._refused if name not in refused]

    def _refuse_again(self, file: DataFile) -> None:
        """A file that was refused for its rejected rows and is as it was need not be read again.

        Raises:
            TooManyRejectedError: what was said of it then.
        """
        refused = self._refused.get(file.name)
        if refused is None or self._mode is not Mode.DELTA:
            return
        then = (refused.size, refused.stamp, refused.max_rejected)
        if then == (file.size, file.stamp, self._limit.most):
            raise TooManyRejectedError(refused.what, refused.hint)

    def _do_without(self, file: DataFile, fault: LoaderError) -> None:
        """Go on without a file; what it gave before stays.

        It is at fault, unless something happened to it since it was found: then it is left for the
        next run.
        """
        entry = self.delta.entry
        if isinstance(fault, FileChangedError) or has_changed(file.path, file.found):
            self.delta.changing.append(file.name)
            self._missing.add(file.name)
        else:
            self._keep_fault([file.name], fault)
            if isinstance(fault, TooManyRejectedError):
                limit = self._limit.most
                entry.refused.append(
                    RefusedFile(file.name, file.size, file.stamp, limit, fault.what, fault.hint)
                )
        for archive in file.lineage:
            self._looked_through.pop(archive.name, None)
        entry.archives = list(self._looked_through.values())
        entry.files = [known for known in entry.files if known.name != file.name]
        self._files.pop(file.name, None)
        self._parts.pop(file.name, None)
        self.delta.not_compared.pop(file.name, None)

    def _keep_fault(self, names: Sequence[str], fault: LoaderError) -> None:
        self.delta.faults.append(fault)
        self._missing.update(names)

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
        if self._mode is Mode.REBUILD:
            self.delta.require_all()
        self._refuse_mixed_participants(scratch)
        scratch.make_delta()
        self._account(scratch)
        self._note_no_longer_refused()
        self.delta.moved = self._moved(scratch)

    def read_typed(self, scratch: "Scratch") -> list[TableDay] | None:
        """What the planned files give by day, as DuckDB's own CSV reader reads them.

        Returns:
            (participant, day, readings, checksum), an instant that stands twice counted twice;
            None where one of the files can't be read that way, or changed meanwhile.
        """
        parts = self._parts.values()
        if not all(part.typed for part in parts):
            return None
        total = sum(part.size for part in parts)
        for part in parts:
            if not scratch.read_typed(part.file.path, part.layout, part.owner.participant_id):
                return None
            if has_changed(part.file.path, part.file.found):
                return None
            self._progress("reading", part.size, total)
        return scratch.typed_days()

    def read_files(self, scratch: "Scratch") -> None:
        """Read the planned parts into ``scratch`` and decide which row stands for each instant."""
        self._read_parts(scratch)
        if self._mode is Mode.REBUILD:
            scratch.settle()
        else:
            scratch.settle(self._loaded_around)

    def _plan_vanished_files(self) -> None:
        """What vanished files gave stays, but days they shared are decided from the others."""
        vanished = [
            name
            for name, known in self._known.items()
            if name not in self._files and not known.vanished and not self._is_missing(name)
        ]
        samples = [name for name in vanished if self._known[name].is_sample]
        self._note_samples(samples)
        vanished = [name for name in vanished if name not in samples]
        earlier = (self._known[name] for name in vanished if self._known[name].holds_sample)
        self.delta.earlier_sample = next(earlier, None)
        self.delta.entry.vanished = vanished
        if not vanished:
            return
        days = [(who, day) for _, who, day, *_ in ledger.known_days(self._session, vanished)]
        covering: set[str] = set()
        for name, who, day, *_ in ledger.files_covering(self._session, days):
            if name in self._files:
                self._vanished_days.append((who, day))
                covering.add(name)
        for name in sorted(covering):
            self._plan_whole(self._files[name])

    def _is_missing(self, name: str) -> bool:
        """Whether the run does without a file, or without the archive that it is in."""
        return any(path in self._missing for path in _self_and_folders(name))

    def _note_samples(self, names: list[str]) -> None:
        """Keep what is loaded of the sample, which is not missing: it is not read any more."""
        days = ledger.known_days(self._session, names) if names else []
        if days:
            self.delta.sample = LoadedSample(
                names,
                [(who, day, readings, checksum or 0) for _, who, day, readings, checksum in days],
                news=all(known.is_sample for known in self._known.values()),
            )
        if self._mode is Mode.REBUILD:
            self.delta.entry.dropped = names

    def _read_parts(self, scratch: "Scratch") -> None:
        with self._opener:
            total = sum(part.size for part in self._parts.values())
            read, faults = read_part_batches(
                scratch,
                self._opener,
                self._parts.values(),
                self._rule.zones,
                lambda done: self._progress("reading", done, total),
                self._limit,
            )
        for part, fault in faults:
            self._do_without(part.file, fault)
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
            name for spans in covering.values() for name in overlapping(spans, self._parts.keys())
        }
        return sorted(contested - whole)

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

    def _loaded_around(self, participant_id: str, change: "Change") -> "Loaded":
        """What the table has of a participant at the instants of doubtful times around a change.

        Nothing unless a file that is missing or left out gave readings of that night: then it may
        have told which instants the others mean, and they must not overwrite what it gave.
        """
        length = change.end - change.begin
        start, end = (
            instant.replace(tzinfo=UTC)
            for instant in (change.instant - length, change.instant + length)
        )
        days = [(participant_id, day) for day in {start.date(), change.instant.date(), end.date()}]
        if not self._missing_days(days) or heart_rate_oid(self._session) is None:
            return {}
        return {
            instant.astimezone(UTC).replace(tzinfo=None): (value, confidence)
            for instant, value, confidence in readings_between(
                self._session, participant_id, start, end
            )
        }

    def _moved(self, scratch: "Scratch") -> "list[MovedReading]":
        """What the table may hold at the other instant of a doubtful time, and is to be deleted.

        Not on a day for which a file that is gone or refused gave readings.
        """
        if self._mode is Mode.REBUILD or heart_rate_oid(self._session) is None:
            return []
        days = self._days_around_clock_changes(scratch)
        if not days:
            return []
        missing = self._missing_days(days)
        return scratch.moved([day for day in days if day not in missing])

    def _missing_days(self, days: Sequence[ParticipantDay]) -> set[ParticipantDay]:
        """Those of ``days`` for which a file that is gone or refused gave readings.

        Of a renamed file nothing is missing.
        """
        missing = ledger.missing_days(self._session, list(self._files), days)
        renamed = {name for name in {name for name, *_ in missing} if self._is_renamed(name)}
        return {(who, day) for name, who, day in missing if name not in renamed}

    def _is_renamed(self, name: str) -> bool:
        """Whether a file that is there holds what a missing one did, read in the same way."""
        missing = self._known[name]
        present = {name: known for name, known in self._known.items() if name in self._files}
        present |= {file.name: file for file in self.delta.entry.files}
        for file in present.values():
            if file.fingerprint.length != missing.fingerprint.length:
                continue
            part = self._parts.get(file.name)
            if part is not None:  # Its rows may not have been looked at yet for whose they are.
                read_as = self._rule.read_as(part, None, missing.participants)
                file = replace(file, read_as=read_as)
            if _content(file) == _content(missing):
                return True
        return False

    def _refuse_mixed_participants(self, scratch: "Scratch") -> None:
        mix = scratch.mixed()
        if mix is None:
            return
        raise MixedParticipantsError(
            f"{mix.one} and {mix.other} would both be participant {mix.participant_id}, but "
            f"disagree about {counted(mix.instants, 'instant')}, the first "
            f"{mix.first_timestamp:%Y-%m-%d %H:%M:%S} UTC",
            "set FITBIT_PARTICIPANT_FROM=folder if they are two people's; if they are one's, put "
            "both below one folder, or each below a folder participant_id=…",
        )

    def _account(self, scratch: "Scratch") -> None:
        accounting = scratch.accounting()
        counts = self.delta.counts
        counts.read = accounting.read
        counts.rejected = accounting.rejected
        counts.rejected_not_kept = accounting.rejected - accounting.rejected_kept
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
        entry.undecided = self._undecided(scratch)

    def _undecided(self, scratch: "Scratch") -> list[tuple[str, str, date]]:
        """The days that were decided without a file that gave readings for them before."""
        if not self._missing:
            return []
        return [
            (name, who, day)
            for name, who, day, *_ in ledger.files_covering(self._session, scratch.touched())
            if self._is_missing(name)
        ]

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


def _self_and_folders(name: str) -> list[str]:
    return [name, *map(str, PurePosixPath(name).parents)]


def _content(known: KnownFile) -> tuple[object, ...]:
    """What was read of a file, and as whose: equal for a file that was renamed."""
    fingerprint = known.fingerprint
    return (known.format, fingerprint.length, bytes(fingerprint.digests), known.read_as)
