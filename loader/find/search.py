"""Find every file below ``DATA_DIR`` and plan what a run reads of each."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.errors import (
    CantWriteError,
    FileChangedError,
    LoaderError,
    NoInputError,
    TooManyRejectedError,
)
from loader.find.attribution import Attribution
from loader.find.data_files import DataFile, Listing, discover
from loader.find.disk_status import has_changed
from loader.find.file_kinds import examples
from loader.find.file_plan import FilePlanner, Planned
from loader.find.known_archives import KnownArchives
from loader.find.missing_files import note_missing_files
from loader.find.opener import Opener
from loader.find.participants import read_zones
from loader.find.plan import Plan
from loader.find.reject_limit import RejectLimit
from loader.ledger.known_files import (
    KnownArchive,
    PassedOver,
    RefusedFile,
    known_archives,
    known_files,
    passed_over,
    refused_files,
)
from loader.mode import Mode
from loader.readers import EXPECTED
from loader.wording import counted


class Search:
    """Plans what one run reads; call ``run``.

    Attributes:
        session, mode: of the run.
        plan: the plan so far.
        attribution: attributes files to participants and zones.
        opener: opens the files of the plan.
        limit: the limit of rejected rows per file.
        is_ours: whether this process loads a participant; None if it loads all of them.
    """

    def __init__(
        self,
        settings: Settings,
        session: Connection,
        mode: Mode,
        limit: RejectLimit | None = None,
        is_ours: Callable[[str], bool] | None = None,
    ) -> None:
        self.session = session
        self.mode = mode
        self.plan = Plan()
        self.attribution = Attribution(settings, read_zones(settings))
        self.opener = Opener(settings.scratch_dir)
        self.limit = limit or RejectLimit()
        self.is_ours = is_ours
        self._settings = settings
        self._planner = FilePlanner(self.attribution, self.opener, self.plan.known, mode)
        self._refused: dict[str, RefusedFile] = {}
        self._known_passed_over: set[PassedOver] = set()
        self._seen_passed_over: set[str] = set()
        self._archives = KnownArchives({}, ())
        self._files_of_others = 0

    def run(self) -> Plan:
        """Plan every file, and record the missing ones.

        Raises:
            NoInputError: there is no file, or none in a known format.
            LoaderError: every file in a known format has a fault.
        """
        found = self.look()
        plan = self.plan
        if not plan.files and not plan.findings.changing and not self._files_of_others:
            raise self._nothing_understood(found)
        rebuild = self.mode is Mode.REBUILD
        self.read_whole(note_missing_files(plan, self.session, drop_sample=rebuild))
        plan.update.no_longer_passed_over = [
            file.name for file in self._known_passed_over if file.name not in self._seen_passed_over
        ]
        plan.findings.files_passed_over = len(self.names_passed_over)
        self.complete_update()
        return plan

    def look(self) -> Listing:
        """Plan what to read of each file; returns the files on the disk.

        Raises:
            NoInputError: the folder is missing or can't be read.
        """
        self.plan.known.update(known_files(self.session))
        self._known_passed_over = passed_over(self.session)
        self._refused = refused_files(self.session)
        if self.mode is Mode.DELTA:
            names = [name for name, known in self.plan.known.items() if not known.vanished]
            names += [file.name for file in self._known_passed_over]
            self._archives = KnownArchives(known_archives(self.session), names)
        found = discover(self._settings.data_dir)
        with self.opener:
            self._plan_listing(found)
        return found

    def read_whole(self, names: Iterable[str]) -> None:
        """Plan to read files in full; they are in the plan already."""
        with self.opener:
            for name in sorted(names):
                self._read_whole(self.plan.files[name])

    def leave_out(self, file: DataFile, fault: LoaderError) -> None:
        """Leave a file out of the run; its loaded readings stay.

        The file has a fault, unless it changed since it was found: then the next run reads it.
        """
        plan, update = self.plan, self.plan.update
        if isinstance(fault, FileChangedError) or has_changed(file.path, file.found):
            plan.findings.changing.append(file.name)
            plan.left_out.add(file.name)
        else:
            self._note_fault([file.name], fault)
            if isinstance(fault, TooManyRejectedError):
                why = (self.limit.most, fault.what, fault.hint, file.settings.text)
                update.refused.append(RefusedFile(file.name, file.size, file.stamp, *why))
        self._archives.remove(file)
        update.files = [known for known in update.files if known.name != file.name]
        plan.files.pop(file.name, None)
        plan.parts.pop(file.name, None)
        plan.findings.not_compared.pop(file.name, None)

    def complete_update(self) -> None:
        """Record the archives without a fault, and the files that are no longer refused.

        Called again after reading, which can refuse a file or find a fault in an archive.
        """
        update = self.plan.update
        update.archives = list(self._archives.looked_through.values())
        refused = {file.name for file in update.refused}
        update.no_longer_refused = [name for name in self._refused if name not in refused]

    @property
    def names_passed_over(self) -> Collection[str]:
        """The skipped files: no reader claims them."""
        return {*self._seen_passed_over, *(file.name for file in self.plan.update.passed_over)}

    @property
    def names_without_data(self) -> Collection[str]:
        """The skipped files that are answers without data points."""
        skipped = [*self._known_passed_over, *self.plan.update.passed_over]
        return {file.name for file in skipped if file.without_data} & {*self.names_passed_over}

    def _nothing_understood(self, found: Listing) -> LoaderError:
        if found.is_empty:
            return NoInputError(
                f"no file in {self._settings.data_dir}",
                "put hr.csv or an export there, or set DATA_DIR to the folder with it",
            )
        if self.plan.findings.faults:
            return self.plan.findings.faults[0]
        seen = ", ".join(examples({file.name: file.seen for file in self.plan.update.passed_over}))
        count = counted(len(self.names_passed_over), "file")
        return NoInputError(
            f"none of the {count} in {self._settings.data_dir} is understood"
            + (f" ({seen})" if seen else ""),
            f"put one of these there, or set DATA_DIR to their folder: {EXPECTED}",
        )

    def _plan_listing(self, listing: Listing) -> None:
        """Plan the content of a folder or an archive."""
        for file in listing.files:
            self._plan_entry(file)
        for file, kind in listing.skipped:
            if not self._is_passed_over(file):
                self._pass_over(file, f"is {kind}")
        for fault in listing.faults:
            self._note_fault(fault.names, fault.error)

    def _plan_entry(self, file: DataFile) -> None:
        """Plan a file, or each member of an archive."""
        if self._is_passed_over(file):
            return
        archive = self._archives.unchanged(file)
        if archive:
            self._plan_unchanged_archive(file, archive)
            return
        known = self.plan.known.get(file.name)
        is_file = known is not None and not known.vanished
        with self._leaves_out_at_fault(file):
            members = None if is_file else self.opener.members(file)
            if members is None:
                self._plan_file(file)
            else:
                self._plan_archive(file, members)

    def _plan_archive(self, file: DataFile, listing: Listing) -> None:
        understood, left_out = self._count_understood(), self._count_left_out()
        self._plan_listing(listing)
        if self._count_left_out() > left_out:
            return
        if self._count_understood() == understood:
            # A spreadsheet or a program is an archive too: report one file, not its members.
            inside = f"{file.name}/"
            update = self.plan.update
            self._seen_passed_over = {
                name for name in self._seen_passed_over if not name.startswith(inside)
            }
            update.passed_over = [
                other for other in update.passed_over if not other.name.startswith(inside)
            ]
            self._pass_over(file, f"is {listing.kind}")
        elif not any(each.whole_name for each in (file, *listing.files)):
            # A shortened name doesn't contain the folders.
            self._archives.add(file, members=len(listing.files) + len(listing.skipped))

    def _plan_unchanged_archive(self, file: DataFile, archive: KnownArchive) -> None:
        """Plan the members of an archive without opening it."""
        self._archives.add(file, archive.members)
        for name in self._archives.members(archive):
            inner, known = self._archives.inner(name), self.plan.known.get(name)
            if inner:
                self._plan_entry(file.member(name, inner.size, inner.stamp))
            elif known:
                self._plan_file(file.member(name, known.size, known.stamp))
            else:
                self._seen_passed_over.add(name)

    def _count_understood(self) -> int:
        return len(self.plan.files) + self._files_of_others

    def _count_left_out(self) -> int:
        return len(self.plan.findings.faults) + len(self.plan.findings.changing)

    def _is_passed_over(self, file: DataFile) -> bool:
        found = _passed_over(file) in self._known_passed_over
        if found:
            self._seen_passed_over.add(file.name)
        return found

    def _pass_over(self, file: DataFile, content: str, *, without_data: bool = False) -> None:
        self.plan.update.passed_over.append(_passed_over(file, content, without_data))

    def _plan_file(self, file: DataFile) -> None:
        with self._leaves_out_at_fault(file):
            self._refuse_again(file)
            planned = self._planner.plan(file)
            if planned.skipped:
                self._note_if_loaded(file)
                self._pass_over(file, planned.skipped, without_data=planned.without_data)
            elif self._is_of_others(planned):
                self._files_of_others += 1
            else:
                self.plan.files[file.name] = file
                self._note(file, planned)

    def _note_if_loaded(self, file: DataFile) -> None:
        known = self.plan.known.get(file.name)
        if known is not None and not known.vanished:
            self.plan.findings.no_longer_read.append(file.name)

    def _is_of_others(self, planned: Planned) -> bool:
        """Whether another process loads the only participant of a file."""
        part = planned.part
        if self.is_ours is None or part is None or part.layout.reader.names_participants:
            return False
        return not self.is_ours(part.owner.participant_id)

    def _read_whole(self, file: DataFile) -> None:
        with self._leaves_out_at_fault(file):
            planned = self._planner.plan_whole(file)
            accepted = self.plan.parts.get(file.name)
            if planned.part and accepted and accepted.appended:
                # Its appended rows have just been accepted, and the others were loaded before.
                planned = replace(planned, part=replace(planned.part, limits_rejects=False))
            if not planned.skipped:
                self.plan.findings.not_compared.pop(file.name, None)
                self._note(file, planned)

    @contextmanager
    def _leaves_out_at_fault(self, file: DataFile) -> Iterator[None]:
        """Leave out a file if the block fails."""
        try:
            yield
        except CantWriteError:
            raise
        except LoaderError as fault:
            self.leave_out(file, fault)

    def _note(self, file: DataFile, planned: Planned) -> None:
        findings = self.plan.findings
        if planned.part:
            self.plan.parts[file.name] = planned.part
        if planned.status:
            self.plan.update.files.append(planned.status)
        if planned.waits and file.name not in findings.waiting:
            findings.waiting.append(file.name)
        if planned.is_outdated:
            findings.outdated.append(file.name)
        if planned.not_compared:
            findings.not_compared[file.name] = planned.not_compared

    def _refuse_again(self, file: DataFile) -> None:
        """Refuse a file again that was refused for its rejected rows and is unchanged.

        Raises:
            TooManyRejectedError: with the message of the first refusal.
        """
        refused = self._refused.get(file.name)
        if refused is None or self.mode is not Mode.DELTA:
            return
        before = (refused.size, refused.stamp, refused.max_rejected, refused.settings)
        if before == (file.size, file.stamp, self.limit.most, file.settings.text):
            raise TooManyRejectedError(refused.what, refused.hint)

    def _note_fault(self, names: Iterable[str], fault: LoaderError) -> None:
        self.plan.findings.faults.append(fault)
        self.plan.left_out.update(names)


def _passed_over(file: DataFile, seen: str = "", without_data: bool = False) -> PassedOver:
    return PassedOver(file.name, file.size, file.stamp, file.settings.text, seen, without_data)
