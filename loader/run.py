"""A run: what a command requests, and what the stages share."""

from dataclasses import dataclass, field
from datetime import date

from psycopg2.extensions import connection as Connection

from loader.configuration.settings import Settings
from loader.console import Reporter, Stopwatch
from loader.ledger.row_counts import Counts
from loader.ledger.store import Store
from loader.mode import Mode


@dataclass(frozen=True)
class Request:
    """What a command requests from a run.

    Attributes:
        command: its name, for the ledger and the lock.
        mode: how much to read.
        stage_only: stop before dbt (``load``); the ledger stays unchanged.
        max_rejected: refuse a file with more rejected rows; None for the default limit.
        allow_shrink: a full refresh may drop readings that are no longer in the files.
        new_data_dir: the data folder may differ from the last run's.
        load_dropped: load again what retention has dropped and its setting now keeps.
    """

    command: str = "ingest"
    mode: Mode = Mode.DELTA
    stage_only: bool = False
    max_rejected: int | None = None
    allow_shrink: bool = False
    new_data_dir: bool = False
    load_dropped: bool = False


@dataclass
class Run:
    """What the stages of one run share.

    Attributes:
        settings, request, reporter: from the command.
        watch: measures the steps.
        session: the session that holds the lock and writes the ledger.
        store: where the readings are.
        mode: the requested mode, or a full comparison if the state of the database requires one.
        run_id: the run's row in ``ingest.runs``.
        floor: the first UTC day that retention keeps; None for all.
        counts: the row counts so far.
    """

    settings: Settings
    request: Request
    reporter: Reporter
    watch: Stopwatch
    session: Connection
    store: Store
    mode: Mode
    run_id: int
    floor: date | None
    counts: Counts = field(default_factory=Counts)

    def nodes_done(self, done: int, total: int) -> None:
        """dbt has finished ``done`` more nodes of ``total``."""
        self.reporter.progress("dbt", done, total, short=0)

    @property
    def must_not_shrink(self) -> bool:
        """Whether the bulk load has to contain every reading of the table."""
        return self.mode is Mode.REBUILD and not self.request.allow_shrink
