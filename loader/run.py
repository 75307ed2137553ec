"""A run: what a command asks of it, and what its stages share."""

from dataclasses import dataclass, field

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.console import Reporter, Stopwatch
from loader.ledger.row_counts import Counts
from loader.mode import Mode


@dataclass(frozen=True)
class Request:
    """What a command asks of a run.

    Attributes:
        command: its name, for the ledger and the lock.
        mode: how much to look at.
        stage_only: stop before dbt (``load``); the ledger is left as it was.
        max_rejected: refuse a file above this many rejected rows; None for the default rule.
        allow_shrink: a full refresh may drop readings that are no longer in the files.
        new_data_dir: the data folder may be another one than the last run's.
    """

    command: str = "ingest"
    mode: Mode = Mode.DELTA
    stage_only: bool = False
    max_rejected: int | None = None
    allow_shrink: bool = False
    new_data_dir: bool = False


@dataclass
class Run:
    """What the stages of one run share.

    Attributes:
        settings, request, reporter: as given by the command.
        watch: times the steps.
        session: holds the lock; the ledger is written through it.
        mode: the requested one, or a full comparison if the database gives reason for one.
        run_id: its row in ``ingest.runs``.
        counts: what became of the rows so far.
    """

    settings: Settings
    request: Request
    reporter: Reporter
    watch: Stopwatch
    session: Connection
    mode: Mode
    run_id: int
    counts: Counts = field(default_factory=Counts)

    @property
    def must_not_shrink(self) -> bool:
        """Whether the table must not lose a reading to what is staged."""
        return self.mode is Mode.REBUILD and not self.request.allow_shrink
