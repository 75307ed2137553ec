"""What a run reads of the files below ``DATA_DIR``, and what it leaves out."""

from dataclasses import dataclass, field

from loader.errors import LoaderError
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
        names: the names of its file in the ledger.
        days: what it contains by day.
        is_first_run_without: the ledger knows no other file yet.
    """

    names: list[str]
    days: list[TableDay]
    is_first_run_without: bool

    @property
    def readings(self) -> int:
        """How many readings it contains."""
        return sum(readings for *_, readings, _ in self.days)


@dataclass
class Findings:
    """What a person should know about the files.

    Attributes:
        faults: files that were refused; the others are loaded.
        waiting: names of files whose last line has no newline yet and is left for the next run.
        read_otherwise: names of files that are loaded under a different participant or time zone
            than the settings say now.
        changing: names of files that were replaced, rewritten or removed during the run; they are
            left for the next run.
        not_compared: for each grown file that is too large to be compared in full, the number of
            bytes that were not compared with what is known of it.
        files_passed_over: how many files no reader claims.
        sample: the loaded sample; None if it is one of the files read, or is not loaded.
        earlier_sample: the name of a missing file that was the sample of an earlier version of the
            project, which loaded it as an ordinary participant.
    """

    faults: list[LoaderError] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    read_otherwise: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    not_compared: dict[str, int] = field(default_factory=dict)
    files_passed_over: int = 0
    sample: LoadedSample | None = None
    earlier_sample: str | None = None

    @property
    def sample_days(self) -> set[TableDay]:
        """What the table holds of the sample if it is loaded but no longer read."""
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
        known: what the ledger knows, by file name.
        files: the files that a reader understands, by name.
        parts: what is to be read of them, by name.
        left_out: the names of files, archives and folders that can't be read in this run.
        days_of_missing_files: participant-days that missing files share with files that are there.
        update: what the ledger records at the end.
        findings: what a person should know.
    """

    known: dict[str, KnownFile] = field(default_factory=dict)
    files: dict[str, DataFile] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    days_of_missing_files: list[ParticipantDay] = field(default_factory=list)
    update: LedgerUpdate = field(default_factory=LedgerUpdate)
    findings: Findings = field(default_factory=Findings)

    @property
    def whole_files(self) -> set[str]:
        """The names of the files that are read in full."""
        return {name for name, part in self.parts.items() if not part.appended}

    def is_left_out(self, name: str) -> bool:
        """Whether the run leaves out a file, or the archive or folder that contains it."""
        while name:
            if name in self.left_out:
                return True
            name = name.rpartition("/")[0]
        return "." in self.left_out
