"""What a run did."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from loader.commands.archive.request import Archived
from loader.errors import ExitCode, LoaderError
from loader.find.plan import Findings
from loader.ledger.record import LedgerUpdate
from loader.ledger.retention import Dropped
from loader.ledger.row_counts import Counts
from loader.mode import Mode


@dataclass
class RunResult:
    """What a run did, for the summary.

    Attributes:
        run_id: its row in ``ingest.runs``.
        outcome: ok, nothing new or staged.
        counts: its row counts.
        seconds: how long each step took.
        last_ok_run: the watermark after the run.
        mode: how much it looked at.
        findings: what a person should know about the files.
        update: what the ledger recorded.
        data_dir: the folder that was read.
        marts: a sentence about the marts' settings if they are not the present ones.
        stored_in: what messages call the place of the readings.
        archived: what was written to the archive; None if there is none, or it wasn't written.
        dropped: what retention dropped; None for nothing.
        archive_error: why the archive wasn't written; the next run writes it.
    """

    run_id: int
    outcome: str
    counts: Counts
    seconds: dict[str, float]
    last_ok_run: datetime | None = None
    mode: Mode = Mode.DELTA
    findings: Findings = field(default_factory=Findings)
    update: LedgerUpdate = field(default_factory=LedgerUpdate)
    data_dir: Path | None = None
    marts: str | None = None
    stored_in: str = "heart_rate"
    archived: Archived | None = None
    archive_error: LoaderError | None = None
    dropped: Dropped | None = None

    @property
    def errors(self) -> list[LoaderError]:
        """The faults of files, and that of the archive."""
        if self.archive_error is None:
            return self.findings.errors
        return [*self.findings.errors, self.archive_error]

    @property
    def exit_code(self) -> ExitCode:
        """Whatever is wrong with a file, its exit code is the same."""
        if self.findings.errors:
            return ExitCode.BAD_INPUT
        return self.archive_error.exit_code if self.archive_error else ExitCode.OK

    @property
    def sample_kept(self) -> int:
        """How many readings of the sample stay loaded next to the first other files."""
        sample = self.findings.sample
        if sample is None or self.mode is Mode.REBUILD or not sample.is_first_run_without:
            return 0
        return sample.readings

    @property
    def sample_dropped(self) -> int:
        """How many readings of the sample a full refresh left out."""
        sample = self.findings.sample
        return sample.readings if sample and self.mode is Mode.REBUILD else 0
