"""Every fault that is tried: what it is called in docs/reliability.md, when, and how it is done."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from loader.errors import ExitCode
from loader.mode import Mode
from loader.run import Request
from tests.faults.moments import Moment
from tests.faults.trial import Child, Situation, Trial
from tests.faults.wire import Wire
from tests.pipeline import readings

FIRST_LOAD, FULL_REFRESH = Situation.FIRST_LOAD, Situation.FULL_REFRESH
NIGHT, LATE_NIGHT = Situation.NIGHT, Situation.LATE_NIGHT
LARGE_DELTA = Situation.LARGE_DELTA
ALL = (NIGHT, LATE_NIGHT, LARGE_DELTA, FIRST_LOAD, FULL_REFRESH)

Inflict = Callable[[Trial], None]


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: what happens.
        inflict: does it to a trial and checks what the broken run leaves.
        situations: the runs it is tried on; the short version takes the first.
        breaks_server: needs a server of its own.
        recovery: the run that has to put everything right.
        only_long: tells nothing new in the short version.
    """

    name: str
    inflict: Inflict
    situations: tuple[Situation, ...] = (NIGHT,)
    breaks_server: bool = False
    recovery: Request = Request()  # noqa: RUF009 (frozen)
    only_long: bool = False


def killed_at(moment: Moment) -> Inflict:
    def inflict(trial: Trial) -> None:
        trial.expect_killed(trial.start(moment, "kill"))

    return inflict


def killed_at_random(trial: Trial) -> None:
    child = trial.start()
    try:
        child.process.wait(trial.rng.uniform(0.5, 4.0))
    except subprocess.TimeoutExpired:
        child.kill()
        trial.expect_killed(child)


def killed_mid_merge(trial: Trial) -> None:
    with trial.merge_held_up() as merge_waits:
        child = trial.start()
        merge_waits(child)
        child.kill()
        trial.expect_killed(child)


def server_killed_at(moment: Moment) -> Inflict:
    def inflict(trial: Trial) -> None:
        child = trial.start(moment)
        child.reached()
        trial.cluster.kill()
        child.go()
        _after_server_was_killed(trial, child)

    return inflict


def server_killed_mid_merge(trial: Trial) -> None:
    with trial.merge_held_up() as merge_waits:
        child = trial.start()
        merge_waits(child)
        trial.cluster.kill()
    _after_server_was_killed(trial, child)


def _after_server_was_killed(trial: Trial, child: Child) -> None:
    child.process.wait(120)
    trial.restart_server()
    trial.expect_failed(child, ExitCode.DATABASE, ExitCode.DBT_FAILED)


def loader_cut_off_at(moment: Moment) -> Inflict:
    def inflict(trial: Trial) -> None:
        child = trial.start(moment)
        child.reached()
        trial.terminate("fitbit-loader")
        child.go()
        trial.expect_failed(child, ExitCode.DATABASE)

    return inflict


def dbt_cut_off_mid_merge(trial: Trial) -> None:
    with trial.merge_held_up() as merge_waits:
        child = trial.start()
        merge_waits(child)
        trial.terminate("dbt")
        trial.expect_failed(child, ExitCode.DBT_FAILED)


def loader_cut_off_mid_merge(trial: Trial) -> None:
    with trial.merge_held_up() as merge_waits:
        child = trial.start()
        merge_waits(child)
        trial.terminate("fitbit-loader")
    trial.expect_failed(child, ExitCode.DATABASE)


def wire_cut_at(moment: Moment) -> Inflict:
    def inflict(trial: Trial) -> None:
        with Wire(int(trial.pipeline.environment["PGPORT"])) as wire:
            child = trial.start(moment, PGPORT=str(wire.port))
            child.reached()
            wire.cut()
            child.go()
            trial.expect_failed(child, ExitCode.DATABASE)

    return inflict


def wire_cut_mid_merge(trial: Trial) -> None:
    with (
        Wire(int(trial.pipeline.environment["PGPORT"])) as wire,
        trial.merge_held_up() as merge_waits,
    ):
        child = trial.start(PGPORT=str(wire.port))
        merge_waits(child)
        wire.cut()
        trial.expect_failed(child, ExitCode.DBT_FAILED, ExitCode.DATABASE)


def disk_full_from_the_start(trial: Trial) -> None:
    with small_disk(trial) as disk:
        if disk is None:
            return disk_full_before_the_state(trial)
        fill(disk)
        trial.expect_failed(trial.start(), ExitCode.CANT_WRITE)
        assert trial.held() == trial.before


def disk_full_before_the_state(trial: Trial) -> None:
    with small_disk(trial) as disk:
        child = trial.start(Moment.BEFORE_STATE, "wait" if disk else "full")
        child.reached()
        if disk:
            fill(disk)
        child.go()
        line = trial.expect_failed(child, ExitCode.CANT_WRITE)
        assert "can't be written" in line


@contextmanager
def small_disk(trial: Trial) -> Iterator[Path | None]:
    """The state folder on a disk of 64 kB; None where we may not mount one."""
    folder = trial.pipeline.state_file.parent
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        if trial.state_before is not None:
            trial.pipeline.state_file.write_bytes(trial.state_before)
        yield folder
    finally:
        state = trial.state()
        subprocess.run(["umount", str(folder)], check=True)
        if state is not None:
            trial.pipeline.state_file.write_bytes(state)


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(1024))
        except OSError:
            return


def two_runs_together(trial: Trial) -> None:
    first = trial.start(Moment.WHILE_READING)
    first.reached()
    line = trial.expect_failed(trial.start(), ExitCode.LOCKED)
    assert f"pid {first.process.pid} " in line
    first.go()
    code, _, errors = first.ended()
    assert code == ExitCode.OK, errors


def two_runs_race(trial: Trial) -> None:
    codes = sorted(child.ended()[0] for child in [trial.start(), trial.start()])
    # The second may start when the first has ended, and then finds nothing new.
    assert codes in ([ExitCode.OK, ExitCode.LOCKED], [ExitCode.OK, ExitCode.OK])


def somebody_queries(trial: Trial) -> None:
    with watched(trial) as counts:
        code, _, errors = trial.start().ended()
    assert code == ExitCode.OK, errors
    before, after = len(trial.before), len(trial.expected)
    assert counts == sorted(counts)
    assert set(counts) <= {before, after}
    assert before in counts


@contextmanager
def watched(trial: Trial) -> Iterator[list[int]]:
    """Count the readings over and over while this is open; any error of the reader's is raised."""
    counts: list[int] = []
    over = threading.Event()
    failures: list[Exception] = []

    def watch() -> None:
        session = psycopg2.connect(trial.pipeline.dsn)
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                while not over.is_set():
                    cursor.execute("select count(*) from heart_rate")
                    counts.extend(count for (count,) in cursor.fetchall())
        except psycopg2.Error as error:
            failures.append(error)
        finally:
            session.close()

    reader = threading.Thread(target=watch)
    reader.start()
    try:
        yield counts
    finally:
        over.set()
        reader.join()
    if failures:
        raise failures[0]


def state_holds(content: bytes) -> Inflict:
    def inflict(trial: Trial) -> None:
        trial.pipeline.state_file.parent.mkdir(exist_ok=True)
        trial.pipeline.state_file.write_bytes(content)

    return inflict


def state_deleted(trial: Trial) -> None:
    trial.pipeline.state_file.unlink()


LEDGER = ("files", "days", "participants", "rejected_rows", "merges", "runs")


def ledger_restored(trial: Trial) -> None:
    """Tonight's run ends well; then the ledger's tables are put back as they were before it."""
    with trial.administrator() as session, session.cursor() as cursor:
        cursor.execute("create schema backup")
        for table in LEDGER:
            cursor.execute(f"create table backup.{table} as table ingest.{table}")
        trial.pipeline.ingest()
        for table in LEDGER:
            cursor.execute(f"delete from ingest.{table}")
            cursor.execute(
                f"insert into ingest.{table} overriding system value table backup.{table}"
            )
        cursor.execute("drop schema backup cascade")


def ledger_emptied(trial: Trial) -> None:
    trial.pipeline.ingest()
    for table in LEDGER:
        trial.pipeline.query(f"delete from ingest.{table}")


def ledger_dropped(trial: Trial) -> None:
    trial.pipeline.ingest()
    trial.pipeline.query("drop schema ingest cascade")


def table_changed(statement: str) -> Inflict:
    def inflict(trial: Trial) -> None:
        trial.pipeline.ingest()
        assert trial.pipeline.table() == readings(trial.rows)
        trial.pipeline.query(statement)

    return inflict


KILLS = [
    Fault(
        f"kill -9 of the run, {where}",
        killed_at(moment),
        situations,
    )
    for moment, where, situations in [
        (Moment.AFTER_LOCK, "after the lock", ALL),
        (Moment.WHILE_READING, "while reading", (NIGHT, FULL_REFRESH)),
        (
            Moment.BEFORE_TABLE,
            "before dbt makes the table to fill",
            (LARGE_DELTA, FULL_REFRESH, FIRST_LOAD),
        ),
        (Moment.BEFORE_STAGING, "before staging", (FULL_REFRESH, NIGHT, FIRST_LOAD)),
        (Moment.MID_STAGE, "in the middle of staging", ALL),
        (Moment.BEFORE_KEY, "before dbt adds the key", (LARGE_DELTA, FULL_REFRESH, FIRST_LOAD)),
        (Moment.BEFORE_GUARD, "before the guard of a rebuild", (FULL_REFRESH,)),
        (
            Moment.BEFORE_DBT,
            "before dbt",
            (LARGE_DELTA, LATE_NIGHT, NIGHT, FIRST_LOAD, FULL_REFRESH),
        ),
        (Moment.BEFORE_COMMIT, "between dbt and the commit", ALL),
        (
            Moment.BEFORE_STATE,
            "between the ledger and the state",
            (FIRST_LOAD, NIGHT, FULL_REFRESH),
        ),
    ]
]

FAULTS = [
    *KILLS,
    Fault(
        "kill -9 of the run, in the middle of the merge",
        killed_mid_merge,
        (LARGE_DELTA, FULL_REFRESH, FIRST_LOAD, NIGHT, LATE_NIGHT),
    ),
    Fault(
        "kill -9 of the run, at a random moment",
        killed_at_random,
        ALL,
        only_long=True,
    ),
    Fault(
        "kill -9 of the server, in the middle of staging",
        server_killed_at(Moment.MID_STAGE),
        (FIRST_LOAD, NIGHT),
        breaks_server=True,
    ),
    Fault(
        "kill -9 of the server, in the middle of the merge",
        server_killed_mid_merge,
        ALL,
        breaks_server=True,
    ),
    Fault(
        "kill -9 of the server, between dbt and the commit",
        server_killed_at(Moment.BEFORE_COMMIT),
        breaks_server=True,
    ),
    Fault("the loader's session ended, while reading", loader_cut_off_at(Moment.WHILE_READING)),
    Fault(
        "the loader's session ended, in the middle of staging", loader_cut_off_at(Moment.MID_STAGE)
    ),
    Fault("the loader's session ended, in the middle of the merge", loader_cut_off_mid_merge),
    Fault("the loader's session ended, before the commit", loader_cut_off_at(Moment.BEFORE_COMMIT)),
    Fault(
        "dbt's session ended, in the middle of the merge",
        dbt_cut_off_mid_merge,
        (LARGE_DELTA, LATE_NIGHT, NIGHT, FIRST_LOAD, FULL_REFRESH),
    ),
    Fault("the wire cut, in the middle of staging", wire_cut_at(Moment.MID_STAGE)),
    Fault("the wire cut, in the middle of the merge", wire_cut_mid_merge),
    Fault("the disk of the state full, from the start", disk_full_from_the_start),
    Fault(
        "the disk of the state full, when the state is written",
        disk_full_before_the_state,
        (NIGHT, FIRST_LOAD),
    ),
    Fault("two runs, one in the middle of the other", two_runs_together, (NIGHT, FIRST_LOAD)),
    Fault("two runs started together", two_runs_race, only_long=True),
    Fault("somebody queries during the run", somebody_queries, (LARGE_DELTA, FULL_REFRESH, NIGHT)),
    Fault("the state deleted", state_deleted),
    Fault("the state empty", state_holds(b"")),
    Fault("the state cut short", state_holds(b'{"last_OK_run": "2024-01-0')),
    Fault("the state binary", state_holds(bytes(range(256)))),
    Fault(
        "the state from the future", state_holds(b'{"last_OK_run": "2099-01-01T00:00:00+00:00"}')
    ),
    Fault(
        "the state of another database",
        state_holds(b'{"last_OK_run": "2024-01-01T12:00:00+00:00"}'),
        (FIRST_LOAD, NIGHT),
    ),
    Fault("the ledger behind the table: an older copy restored", ledger_restored),
    Fault("the ledger behind the table: its rows deleted", ledger_emptied),
    Fault("the ledger behind the table: its schema dropped", ledger_dropped),
    Fault(
        "the ledger ahead of the table: newest rows deleted",
        table_changed("delete from heart_rate where timestamp >= '2024-01-03 06:30:00+00'"),
    ),
    Fault("the ledger ahead of the table: table emptied", table_changed("truncate heart_rate")),
    Fault("the ledger ahead of the table: table dropped", table_changed("drop table heart_rate")),
    Fault(
        "the ledger ahead of the table: old rows deleted or changed (then reconcile)",
        table_changed(
            "delete from heart_rate where timestamp < '2024-01-01 22:10:00+00';"
            "update heart_rate set value = 1 where timestamp < '2024-01-01 22:20:00+00'"
        ),
        recovery=Request(mode=Mode.RECONCILE),
    ),
]
