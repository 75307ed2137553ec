"""One trial: a database and folders in a situation, a run to break, and what is left of it."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random

import psycopg2
from psycopg2.extensions import connection as Connection

from loader.commands.run_result import RunResult
from loader.commands.verify.verify import verify
from loader.configuration.settings import PROJECT, Settings
from loader.errors import ExitCode, LockedError
from loader.run import Request
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from tests.faults.moments import Moment
from tests.faults.waiting import until
from tests.pipeline import Pipeline, QuietReporter, Reading, readings, seconds
from tests.preloaded import Command

HISTORY = seconds("2024-01-01 22:00:00", [60.5 + n % 40 for n in range(1500)], step=10)
LATE, CORRECTED = range(100, 160), 300

LARGE_DELTAS = "FAULTS_LARGE_DELTAS"
"""The variable that lets every delta of a child count as large."""


class Situation(StrEnum):
    """What a run is about to do."""

    FIRST_LOAD = "first load"
    NIGHT = "a night"
    LATE_NIGHT = "a night without newer readings"
    """A table that lacks the newest reading is noticed; one that lacks others looks complete."""
    LARGE_DELTA = "a large delta"
    FULL_REFRESH = "full refresh"


def history_before() -> list[str]:
    """The rows of the file as it was loaded; a few have not arrived yet."""
    return [row for place, row in enumerate(HISTORY) if place not in LATE]


def history_now(situation: Situation, rng: Random) -> list[str]:
    """The rows of tonight: late ones, a corrected one, and maybe a new day of a random length."""
    instant, _ = HISTORY[CORRECTED].split(",")
    if situation is Situation.LATE_NIGHT:
        return [*HISTORY[:CORRECTED], f"{instant},199.5", *HISTORY[CORRECTED + 1 :]]
    new_day = seconds("2024-01-03 06:00:00", [75.5] * rng.randrange(500, 3000), step=5)
    return [*HISTORY[:CORRECTED], f"{instant},199.5", *HISTORY[CORRECTED + 1 :], *new_day]


@dataclass
class Loss:
    """What the table has otherwise than a clean run would: nothing, ever."""

    lost: int
    doubled: int
    wrong: int


class Child:
    """A ``loader`` command in a process of its own, stopped at a moment if there is one."""

    def __init__(self, folder: Path, command: list[str], environment: dict[str, str]) -> None:
        self._folder = folder
        folder.mkdir()
        self._said = folder / "output", folder / "errors"
        self.process = Command(command, PROJECT, environment, *self._said)

    def reached(self) -> None:
        """Wait for the moment."""
        until(lambda: (self._folder / "reached").exists() or self.over, "the moment")
        assert (self._folder / "reached").exists(), self.ended()

    def go(self) -> None:
        """Let a waiting run go on."""
        (self._folder / "go").touch()

    def kill(self) -> None:
        """Kill -9."""
        self.process.send_signal(signal.SIGKILL)

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end: exit code, output, errors."""
        code = self.process.wait(120)
        output, errors = (file.read_text() for file in self._said)
        return code, output, errors

    @property
    def over(self) -> bool:
        return self.process.poll() is not None


class Trial:
    """A situation, ready for a run that something happens to."""

    def __init__(self, pipeline: Pipeline, cluster: Cluster, situation: Situation, rng: Random):
        self.pipeline = pipeline
        self.cluster = cluster
        self.situation = situation
        self.rng = rng
        self.rows = history_now(situation, rng)
        self.before = set() if situation is Situation.FIRST_LOAD else pipeline.table()
        self._children: list[Child] = []
        pipeline.write(self.rows)
        self.state_before = self.state()

    @property
    def expected(self) -> set[Reading]:
        """What a clean run gives."""
        return readings(self.rows)

    @property
    def arguments(self) -> list[str]:
        full = self.situation is Situation.FULL_REFRESH
        return ["ingest", *(["--full-refresh"] if full else [])]

    def state(self) -> bytes | None:
        file = self.pipeline.state_file
        return file.read_bytes() if file.exists() else None

    def start(
        self, moment: Moment | None = None, action: str = "wait", **environment: str
    ) -> Child:
        """Start the situation's run, to be stopped at a moment."""
        folder = self.pipeline.data.parent / f"child-{len(self._children)}"
        is_large = self.situation is Situation.LARGE_DELTA
        if is_large:
            environment[LARGE_DELTAS] = "yes"
        if moment is None and not is_large:
            module = ["loader"]
        else:
            module = ["tests.faults.child", moment or Moment.NEVER, action, str(folder)]
        child = Child(
            folder,
            [*module, *self.arguments],
            {**os.environ, **self.pipeline.environment, **environment},
        )
        self._children.append(child)
        return child

    @contextmanager
    def administrator(self) -> Iterator[Connection]:
        """A session of the superuser's in this trial's database."""
        variables = self.cluster.superuser_environment(self.pipeline.environment["PGDATABASE"])
        session = psycopg2.connect(dsn(variables))
        session.autocommit = True
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def merge_held_up(self) -> Iterator[Callable[[Child], None]]:
        """The merge waits while this is open, at the row it writes about itself.

        Gives a function that waits until the merge of a child's run has come that far.
        """
        self.prepare_schema()
        with self.administrator() as session:
            session.autocommit = False
            with session.cursor() as cursor:
                cursor.execute("lock table ingest.merges in share mode")
                yield self._wait_for_merge

    def prepare_schema(self) -> None:
        """What every run makes first."""
        from loader.database.session import connect, prepare

        with connect(self.pipeline.environment, "harness") as session:
            prepare(session)

    def sessions(self, application: str) -> list[int]:
        """The server's processes for sessions that name themselves so."""
        with self.administrator() as session, session.cursor() as cursor:
            cursor.execute(
                "select pid from pg_stat_activity where datname = current_database()"
                " and application_name like %s and pid <> pg_backend_pid()",
                [f"{application}%"],
            )
            return [pid for (pid,) in cursor.fetchall()]

    def terminate(self, application: str) -> None:
        """Cut sessions off from inside the server."""
        pids = self.sessions(application)
        assert pids, f"no session of {application}"
        with self.administrator() as session, session.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pid) from unnest(%s) as pid", [pids])

    def settle_clone(self) -> None:
        """Make a copied database safe against a crash.

        A copied sequence believes its next 32 numbers logged, which holds for the original only:
        until a checkpoint, a crash would give them out twice.
        """
        with self.administrator() as session, session.cursor() as cursor:
            cursor.execute("checkpoint")

    def restart_server(self) -> None:
        """After its kill; the port may be another one."""
        self.cluster.start()
        database = self.pipeline.environment["PGDATABASE"]
        self.pipeline.environment |= self.cluster.loader_environment(database)
        os.environ.update(self.pipeline.environment)

    def expect_killed(self, child: Child) -> None:
        """The run died without a word; see ``expect_untouched``."""
        code, *_ = child.ended()
        assert code == -signal.SIGKILL
        self.expect_untouched()

    def expect_failed(self, child: Child, *codes: ExitCode) -> str:
        """The run said in one line what happened; see ``expect_untouched``."""
        code, _, errors = child.ended()
        lines = [line for line in errors.splitlines() if "error: " in line]
        assert code in codes, errors
        assert len(lines) == 1, errors
        assert "Traceback" not in errors
        assert " — " in lines[0]
        self.expect_untouched()
        return lines[0]

    def expect_untouched(self) -> None:
        """The state is where it was; readers see the table before the run, or after, whole."""
        assert self.state() == self.state_before
        held = self.held()
        if self.situation is Situation.FIRST_LOAD and not held:
            return
        assert held in (self.before, self.expected)

    def held(self) -> set[Reading]:
        """What a reader sees; nothing if there is no table."""
        if self.pipeline.query("select to_regclass('heart_rate')") == [(None,)]:
            return set()
        return self.pipeline.table()

    def recover(self, request: Request) -> RunResult:
        """The next night, once the server has noticed that the last one died."""
        outcome: list[RunResult] = []

        def works() -> bool:
            try:
                outcome.append(self.pipeline.ingest(request))
            except LockedError:
                return False
            return True

        until(works, "the dead run's lock to go")
        return outcome[0]

    def assess(self) -> Loss:
        """Compare every row with a clean run's."""
        rows = self.pipeline.query("select participant_id, timestamp, value from heart_rate")
        held = {(who, instant): value for who, instant, value in rows}
        wanted = {(who, instant): value for who, instant, value in self.expected}
        return Loss(
            lost=len(wanted.keys() - held.keys()),
            doubled=len(rows) - len(held),
            wrong=len(held.keys() - wanted.keys())
            + sum(held[key] != wanted[key] for key in held.keys() & wanted.keys()),
        )

    def expect_clean(self) -> None:
        """Proven by verify, counted in the ledger, nothing left behind, and nothing more to do."""
        settings = Settings.from_env(self.pipeline.environment)
        assert verify(settings, QuietReporter()).ok
        unaccounted = self.pipeline.query(
            "select run_id, outcome from ingest.runs where outcome = 'running'"
            " or outcome in ('ok', 'nothing new') and rows_read <> rows_new + rows_late"
            " + rows_corrected + rows_unchanged + rows_duplicate + rows_rejected"
        )
        assert unaccounted == []
        again = self.pipeline.ingest()
        assert (again.outcome, again.counts.files_read) == ("nothing new", 0)
        until(lambda: not self.sessions(""), "every session to end")
        with self.administrator() as session, session.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_locks where locktype = 'advisory' and database ="
                " (select oid from pg_database where datname = current_database())"
            )
            assert cursor.fetchone() == (0,)
        assert list(self.pipeline.scratch.iterdir()) == []

    def close(self) -> None:
        """Leave no process."""
        for child in self._children:
            if child.process.poll() is None:
                child.kill()
                child.process.wait(60)

    def _wait_for_merge(self, child: Child) -> None:
        until(lambda: self._merge_waits() or child.over, "the merge")
        assert not child.over, child.ended()

    def _merge_waits(self) -> bool:
        with self.administrator() as session, session.cursor() as cursor:
            cursor.execute(
                "select 1 from pg_locks where not granted and relation = 'ingest.merges'::regclass"
            )
            return cursor.fetchone() is not None


def copy_folders(loaded: Pipeline, target: Pipeline) -> None:
    """Give a trial the files and the state that go with a copied database."""
    shutil.copytree(loaded.data, target.data, dirs_exist_ok=True)
    shutil.copytree(loaded.state_file.parent, target.state_file.parent)
