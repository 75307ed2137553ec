"""The plan of a run: what it reads of the files below ``DATA_DIR``, and what it leaves out."""

from dataclasses import dataclass, field

from loader.errors import IncompleteError, LoaderError
from loader.find.data_files import DataFile
from loader.find.disk_status import changed
from loader.find.part import Part
from loader.ledger.known_files import KnownFile, ParticipantDay
from loader.ledger.record import LedgerUpdate
from loader.ledger.table_days import TableDay


@dataclass(frozen=True)
class LoadedSample:
    """The tracked sample, which is loaded but no longer read, because there are other files.

    Attributes:
        days: its count and checksum per day.
        is_first_run_without: the ledger has no other file yet.
    """

    days: list[TableDay]
    is_first_run_without: bool

    @property
    def readings(self) -> int:
        """The number of its readings."""
        return sum(readings for *_, readings, _ in self.days)


@dataclass
class Findings:
    """Information for the user about the files.

    Attributes:
        faults: files that were refused; the others are loaded.
        incomplete: answers with missing pages; the other pages are loaded.
        waiting: names of files whose last line has no newline yet and is left for the next run.
        outdated: names of files that are loaded under a different participant or time zone than
            the settings now say.
        changing: names of files that were replaced, rewritten or removed during the run; they are
            left for the next run.
        not_compared: for each grown file that is too large to be compared in full, the number of
            bytes that were not compared with its fingerprint.
        files_passed_over: the number of files that no reader claims.
        no_longer_read: names of files that an earlier version loaded, and whose names say that they
            have another quantity.
        perhaps_moved: for a missing file, a new one of its name in a folder with other settings:
            if it is the same file with other content, its former readings stay at wrong instants.
        sample: the loaded sample; None if it is one of the files read, or is not loaded.
        earlier_sample: the name of a missing file that was the sample of an earlier version of the
            project, which loaded it as an ordinary participant.
    """

    faults: list[LoaderError] = field(default_factory=list)
    incomplete: list[IncompleteError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    not_compared: dict[str, int] = field(default_factory=dict)
    files_passed_over: int = 0
    no_longer_read: list[str] = field(default_factory=list)
    perhaps_moved: dict[str, str] = field(default_factory=dict)
    sample: LoadedSample | None = None
    earlier_sample: str | None = None

    @property
    def errors(self) -> list[LoaderError]:
        """The reasons why the run fails."""
        return [*self.faults, *self.incomplete]

    @property
    def sample_days(self) -> set[TableDay]:
        """The days of the sample, if it is loaded but no longer read."""
        return set(self.sample.days) if self.sample else set()

    def require_all(self) -> None:
        """For a run that must not leave out a file.

        Raises:
            LoaderError: a file was refused, or changed while it was read.
        """
        if self.faults:
            raise self.faults[0]
        if self.changing:
            raise changed(self.changing[0])


@dataclass
class Plan:
    """What a run reads.

    Attributes:
        known: the files in the ledger, by name.
        files: the files that a reader understands, by name.
        parts: the parts of them to read, by name.
        left_out: the names of files, archives and folders that can't be read in this run.
        days_to_decide: participant-days to decide although no file differs from the ledger on them,
            for example those of missing files that present files also have.
        update: what the ledger records at the end.
        findings: information for the user.
    """

    known: dict[str, KnownFile] = field(default_factory=dict)
    files: dict[str, DataFile] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    days_to_decide: list[ParticipantDay] = field(default_factory=list)
    update: LedgerUpdate = field(default_factory=LedgerUpdate)
    findings: Findings = field(default_factory=Findings)

    @property
    def whole_files(self) -> set[str]:
        """The names of the files that are read in full."""
        return {name for name, part in self.parts.items() if not part.appended}

    @property
    def present_files(self) -> list[KnownFile]:
        """The files that are there, as the ledger knows them after the run."""
        known = {**self.known, **{file.name: file for file in self.update.files}}
        return [known[name] for name in self.files if name in known]

    def is_missing(self, name: str) -> bool:
        """Whether a file is no longer there."""
        return name not in self.files and not self.is_left_out(name)

    def is_left_out(self, name: str) -> bool:
        """Whether the run leaves out a file, or the archive or folder that contains it."""
        while name:
            if name in self.left_out:
                return True
            name = name.rpartition("/")[0]
        return "." in self.left_out
