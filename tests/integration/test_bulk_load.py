"""A first build and a full refresh swap in the table in which the loader staged everything."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import psycopg2
import pyarrow as pa
import pytest
from psycopg2.extensions import cursor as Cursor

from loader.compare.selected_readings import StagedDay
from loader.configuration.settings import Settings
from loader.console import Step
from loader.database.session import connect, prepare
from loader.errors import DbtFailedError, ShrinkRefusedError
from loader.mode import Mode
from loader.run import Request
from loader.stage.bulk_load import DeltaWithin, fill_bulk_load_table
from loader.transform.dbt import make_bulk_load_table
from tests.own_process import as_in_own_process
from tests.pipeline import AtStep, Pipeline, QuietReporter, changed_project, readings, seconds
from tests.unit.delta import batch

pytestmark = pytest.mark.without_marts

MINE = seconds("2024-01-01 23:59:30", [60.5 + n % 9 for n in range(60)])
MORE = seconds("2024-02-01 08:00:00", [70.5 + n % 9 for n in range(20)])
OTHERS = seconds("2024-01-05 08:00:00", [80.5 + n % 9 for n in range(40)])
TOMORROW = seconds("2024-02-02 00:00:00", [90.0, 91.0])
ALL = readings([*MINE, *MORE]) | readings(OTHERS, "P001")

INGEST, REBUILD = Request(), Request(mode=Mode.REBUILD)

DIMENSION = """
    select hypertable_schema, time_interval::text
    from timescaledb_information.dimensions
    where hypertable_name = 'heart_rate'
"""
BULK_LOAD = "staging.heart_rate_bulk_load"
BULK_LOAD_TABLE = f"select to_regclass('{BULK_LOAD}')::oid::bigint"


class AtDbt(QuietReporter):
    """Looks which table is staged when a run comes to dbt, and may end the run there."""

    def __init__(self, pipeline: Pipeline, *, dies: bool = False) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._dies = dies
        self.staged: int | None = None

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        if name is Step.DBT:
            self.staged = self._pipeline.query(BULK_LOAD_TABLE)[0][0]
            if self._dies:
                raise KeyboardInterrupt


class AnalyzedAtDbt(QuietReporter):
    """As autovacuum: holds a staged chunk when dbt comes, and writes down what it found in it."""

    def __init__(self, pipeline: Pipeline, vacuum: ThreadPoolExecutor) -> None:
        super().__init__()
        self._pipeline = pipeline
        self._vacuum = vacuum
        self.analyzed: Future[None] = Future()

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        if name is Step.DBT:
            chunk = self._pipeline.query(
                "select chunk::text from show_chunks(%s) as chunk", (BULK_LOAD,)
            )
            held = Event()
            self.analyzed = self._vacuum.submit(self._analyze, chunk[0][0], held)
            assert held.wait(60)

    def _analyze(self, chunk: str, held: Event) -> None:
        # Both sessions are open before dbt is called, which sets a variable of the environment:
        # glibc crashes where that happens while libpq reads others in another thread.
        with self._session() as session, self._session() as looking:
            session.execute(f"begin; lock table {chunk} in share update exclusive mode")
            held.set()
            while not self._is_waited_for(chunk, looking):
                time.sleep(0.05)
            session.execute(f"analyze {chunk}; commit")

    @contextmanager
    def _session(self) -> Iterator[Cursor]:
        with closing(psycopg2.connect(self._pipeline.dsn)) as session, session.cursor() as cursor:
            session.autocommit = True
            yield cursor

    def _is_waited_for(self, chunk: str, cursor: Cursor) -> bool:
        cursor.execute(
            "select from pg_locks where relation = %s::regclass and not granted", (chunk,)
        )
        return cursor.fetchone() is not None


@pytest.fixture
def filled(pipeline: Pipeline) -> Pipeline:
    """Files of two participants; nothing is loaded."""
    pipeline.write([*MINE, *MORE])
    pipeline.write(OTHERS, name="participant_id=P001/hr.csv")
    return pipeline


def died_before_dbt(pipeline: Pipeline, request: Request = INGEST) -> None:
    with pytest.raises(KeyboardInterrupt):
        pipeline.ingest(request, AtDbt(pipeline, dies=True))


@pytest.mark.parametrize("request_of_run", [INGEST, REBUILD])
def test_what_was_staged_becomes_heart_rate(filled: Pipeline, request_of_run: Request) -> None:
    if request_of_run is REBUILD:
        filled.ingest()
    reporter = AtDbt(filled)

    filled.ingest(request_of_run, reporter)

    assert reporter.staged is not None
    assert filled.query("select 'heart_rate'::regclass::oid::bigint") == [(reporter.staged,)]
    assert filled.query(BULK_LOAD_TABLE) == [(None,)]
    assert filled.query("select count(*) from staging.heart_rate") == [(0,)]
    assert filled.query(DIMENSION) == [("public", "7 days")]
    assert filled.table() == ALL


def test_autovacuum_may_be_at_a_chunk_of_it(filled: Pipeline) -> None:
    with ThreadPoolExecutor(max_workers=1) as vacuum:
        reporter = AnalyzedAtDbt(filled, vacuum)

        filled.ingest(INGEST, reporter)

        reporter.analyzed.result(timeout=60)
    assert filled.table() == ALL


def test_readings_at_the_ends_of_chunks(pipeline: Pipeline) -> None:
    # Chunks of seven days begin on Thursdays: 4, 11 and 18 January 2024.
    edge = seconds("2024-01-03 23:59:57", [61.5, 62.5, 63.5, 64.5, 65.5])
    first = seconds("2024-01-11 00:00:00", [70.5])
    last = seconds("2024-01-17 23:59:59", [71.5, 72.5])
    files = {"P001": [*edge, *first], "P002": [*first, *last], "P003": [*edge, *last]}
    for who, rows in files.items():
        pipeline.write(rows, name=f"participant_id={who}/hr.csv")

    pipeline.ingest()

    assert pipeline.table() == set().union(*(readings(rows, who) for who, rows in files.items()))
    chunks = pipeline.query(
        "select range_start::date::text from timescaledb_information.chunks"
        " where hypertable_name = 'heart_rate' order by 1"
    )
    assert chunks == [("2023-12-28",), ("2024-01-04",), ("2024-01-11",), ("2024-01-18",)]


@pytest.mark.parametrize("interval", ["5 hours", "1 day", "400 days"])
def test_whatever_a_chunk_holds(filled: Pipeline, tmp_path: Path, interval: str) -> None:
    more = seconds("2024-02-02 00:00:00", [60.5] * 150, step=600)
    filled.append(more)
    project = changed_project(
        tmp_path, "dbt_project.yml", "chunk_interval: 7 days", f"chunk_interval: {interval}"
    )

    done = filled.loader("ingest", **project)

    assert done.returncode == 0, done.stderr
    assert filled.table() == ALL | readings(more)
    assert filled.query(
        "select time_interval = %s::interval from timescaledb_information.dimensions"
        " where hypertable_name = 'heart_rate'",
        (interval,),
    ) == [(True,)]


FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)


def many(start: datetime) -> Iterator[pa.RecordBatch]:
    """A reading a microsecond, each in a batch of its own: filled, and committed, in seconds."""
    first = int(start.timestamp()) * 1_000_000
    for instant in range(first, first + 100_000):
        yield batch([("me", instant, 60.5, None)])


def broken_at_the_end(start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
    if start <= FIRST:
        yield from many(FIRST)
    else:
        raise OSError("a broken disk")


def interrupted(start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
    if start <= FIRST:
        os.kill(os.getpid(), signal.SIGINT)
    yield from many(max(start, FIRST))


@pytest.mark.parametrize(
    ("delta_within", "error"), [(broken_at_the_end, OSError), (interrupted, KeyboardInterrupt)]
)
def test_what_ends_one_session_ends_the_other(
    pipeline: Pipeline, delta_within: DeltaWithin, error: type[BaseException]
) -> None:
    days = [StagedDay("me", at.date(), 1, at, at + timedelta(hours=1)) for at in (FIRST, LAST)]
    with connect(os.environ, "test") as session:
        prepare(session)
        as_in_own_process(lambda: make_bulk_load_table(Settings.from_env(os.environ), session))

        with pytest.raises(error):
            fill_bulk_load_table(session, "test", days, delta_within)

    # What is left are the rows that created the chunks; no batch is recorded.
    assert filled_with(pipeline) == {"none"}
    assert pipeline.query("select count(*) from staging.batch") == [(0,)]


def filled_with(pipeline: Pipeline) -> set[str]:
    rows = pipeline.query("select distinct participant_id from staging.heart_rate_bulk_load")
    return {who for (who,) in rows}


def test_a_daily_run_stages_what_dbt_merges(filled: Pipeline) -> None:
    filled.ingest()
    reporter = AtDbt(filled)
    tomorrow = seconds("2024-02-02 08:00:00", [90.0] * 5)
    filled.append(tomorrow)

    filled.ingest(INGEST, reporter)

    assert reporter.staged is None
    assert filled.query("select count(*) from staging.heart_rate") == [(5,)]
    assert filled.table() == ALL | readings(tomorrow)


def test_a_first_build_by_hand_makes_the_hypertable_itself(filled: Pipeline) -> None:
    filled.ingest(Request(command="load", stage_only=True))
    assert filled.query(BULK_LOAD_TABLE) == [(None,)]

    done = filled.dbt("run", "--select", "stg_heart_rate", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.query(DIMENSION) == [("public", "7 days")]
    assert filled.table() == ALL


def test_dbt_by_hand_swaps_in_what_a_run_that_died_has_staged(filled: Pipeline) -> None:
    died_before_dbt(filled)

    done = filled.dbt("run", "--select", "stg_heart_rate", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.table() == ALL
    versions = filled.row_versions()
    filled.ingest()
    assert filled.row_versions() == versions


def test_a_bulk_load_table_without_its_batch_is_not_swapped_in(filled: Pipeline) -> None:
    died_before_dbt(filled)
    # What a crash of the server does to unlogged tables.
    filled.query("truncate staging.batch, staging.touched_days, staging.heart_rate")

    done = filled.dbt("run", "--select", "stg_heart_rate", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.table() == set()
    filled.ingest()
    assert filled.table() == ALL
    assert filled.query(BULK_LOAD_TABLE) == [(None,)]


def test_a_rebuild_that_died_before_dbt_changes_nothing(filled: Pipeline) -> None:
    filled.ingest()
    versions = filled.row_versions()

    died_before_dbt(filled, REBUILD)

    assert filled.row_versions() == versions
    filled.ingest()
    assert filled.row_versions() == versions


def test_dbt_by_hand_finishes_a_rebuild_that_died(filled: Pipeline) -> None:
    filled.ingest()
    died_before_dbt(filled, REBUILD)
    bulk_load = filled.query(BULK_LOAD_TABLE)

    done = filled.dbt("run", "--full-refresh", "--select", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.query("select 'heart_rate'::regclass::oid::bigint") == bulk_load
    assert filled.table() == ALL


def test_dbt_by_hand_does_not_finish_a_rebuild_that_would_lose_readings(filled: Pipeline) -> None:
    filled.ingest()
    versions = filled.row_versions()
    filled.write([*MINE[1:], *MORE])
    died_before_dbt(filled, Request(mode=Mode.REBUILD, allow_shrink=True))

    refused = filled.dbt("run", "--full-refresh", "--select", "heart_rate")

    assert refused.returncode != 0
    told = refused.stdout.replace("\n", " ")
    assert "would lose 1 of the 120 readings" in told
    assert "only 119 are staged" in told
    assert filled.row_versions() == versions


def test_a_refused_rebuild_leaves_nothing_staged(filled: Pipeline) -> None:
    filled.ingest()
    filled.write(MINE)

    with pytest.raises(ShrinkRefusedError):
        filled.ingest(REBUILD)

    assert filled.query(BULK_LOAD_TABLE) == [(None,)]
    assert filled.query("select count(*) from staging.batch") == [(0,)]


def test_an_operation_that_fails_says_why(filled: Pipeline) -> None:
    reason = r'^dbt run-operation: .*heart_rate_bulk_load" does not exist'
    with pytest.raises(DbtFailedError, match=reason):
        filled.ingest(INGEST, AtStep(filled, Step.KEY, f"drop table {BULK_LOAD}"))

    filled.ingest()
    assert filled.table() == ALL


@pytest.mark.parametrize("whose", ["me", "P001"])
def test_a_data_test_counts_what_was_swapped_in(filled: Pipeline, whose: str) -> None:
    filled.ingest()
    assert filled.dbt("test", "--select", "heart_rate_holds_what_is_staged").returncode == 0
    filled.query(
        "delete from heart_rate where (participant_id, timestamp) in"
        " (select participant_id, max(timestamp) from heart_rate where participant_id = %s"
        " group by participant_id)",
        (whose,),
    )

    done = filled.dbt("test", "--select", "heart_rate_holds_what_is_staged")

    assert done.returncode != 0
    assert "Got 1 result" in done.stdout


def test_a_full_refresh_that_brings_new_readings_says_whose(filled: Pipeline) -> None:
    filled.ingest()
    # On a day of which there are readings already.
    filled.append(seconds("2024-02-01 09:00:00", [90.0] * 7))

    run = filled.ingest(REBUILD).run_id

    assert filled.query(
        "select participant_id, rows_new, rows_late from ingest.arrivals where run_id = %s", (run,)
    ) == [("me", 7, 0)]


STAGED_AS_PACKS = """
    drop view staging.stg_heart_rate;
    drop table staging.heart_rate;
    create unlogged table staging.heart_rate_packs (
        participant_id text not null,
        first_timestamp timestamptz not null,
        last_timestamp timestamptz not null,
        timestamps timestamptz [] not null,
        bpm float8 [] not null,
        confidences int2 []
    );
    create view staging.heart_rate as
    select
        participant_id,
        unnest(timestamps) as timestamp,
        unnest(bpm) as value,
        nullif(unnest(confidences), -1) as confidence
    from staging.heart_rate_packs;
    create view staging.stg_heart_rate as select * from staging.heart_rate;
    create view public.of_somebody_else as select count(*) as readings from staging.stg_heart_rate;
    insert into staging.heart_rate_packs
    values (
        'me', '2024-02-02Z', '2024-02-02 00:00:01Z',
        array[timestamptz '2024-02-02Z', '2024-02-02 00:00:01Z'], array[90.0, 91.0]
    );
    alter table staging.batch add column whole boolean not null default false;
    create table staging.heart_rate_whole (like public.heart_rate);
    create function staging.shrink() returns bigint language sql as 'select 1::bigint';
    comment on schema ingest is 'The ledger, as it was'
"""
"""Staging as versions of before had it, with a delta that `load` has staged."""


@pytest.fixture
def with_packs(filled: Pipeline) -> Pipeline:
    """A project that has loaded all but two readings, which an earlier version has staged."""
    filled.ingest()
    filled.append(TOMORROW)
    filled.ingest(Request(command="load", stage_only=True))
    filled.query(STAGED_AS_PACKS)
    return filled


def test_what_an_earlier_version_has_staged_can_be_merged(with_packs: Pipeline) -> None:
    assert with_packs.loader("status").returncode == 0

    assert with_packs.query(
        "select relname, relkind from pg_class where relnamespace = 'staging'::regnamespace"
        " and relname ~ '(packs|whole|^heart_rate$)'"
    ) == [("heart_rate", "r")]
    assert with_packs.query("select * from of_somebody_else") == [(2,)]
    by_hand = with_packs.dbt("build", "--exclude-resource-type", "unit_test")
    assert by_hand.returncode == 0, by_hand.stdout
    assert with_packs.table() == ALL | readings(TOMORROW)
    # It views what is staged, which changes with each run.
    assert with_packs.query("select * from of_somebody_else") == [(2,)]


def test_what_an_earlier_version_has_staged_is_staged_again(with_packs: Pipeline) -> None:
    with_packs.ingest()
    assert with_packs.table() == ALL | readings(TOMORROW)


def test_a_full_refresh_by_hand_asks_for_the_newer_schema_first(with_packs: Pipeline) -> None:
    with_packs.query("drop function staging.lost_readings")
    before = with_packs.row_versions()

    done = with_packs.dbt("run", "--full-refresh", "--select", "heart_rate")

    assert done.returncode != 0
    assert "run `make status` first" in done.stdout
    assert with_packs.row_versions() == before


def test_still_earlier_versions_saw_the_touched_days_in_the_packs(with_packs: Pipeline) -> None:
    with_packs.query("alter table staging.batch drop column whole; drop table staging.touched_days")
    with_packs.query(
        "create view staging.touched_days as"
        " select participant_id, first_timestamp as day_start from staging.heart_rate_packs"
    )

    assert with_packs.loader("status").returncode == 0

    assert with_packs.query("select count(*) from staging.heart_rate") == [(0,)]
    assert with_packs.query("select count(*) from staging.batch") == [(0,)]
    with_packs.ingest()
    assert with_packs.table() == ALL | readings(TOMORROW)


def test_dbt_by_hand_on_a_new_database_builds_an_empty_table(pipeline: Pipeline) -> None:
    assert pipeline.loader("status").returncode == 0

    done = pipeline.dbt("run")

    assert done.returncode == 0, done.stdout
    assert pipeline.query(DIMENSION) == [("public", "7 days")]
    assert pipeline.table() == set()


def test_a_full_refresh_by_hand_of_all_that_is_staged(filled: Pipeline) -> None:
    filled.ingest(Request(command="load", stage_only=True))
    assert filled.dbt("run", "--select", "stg_heart_rate", "heart_rate").returncode == 0

    done = filled.dbt("run", "--full-refresh", "--select", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.query(DIMENSION) == [("public", "7 days")]
    assert filled.table() == ALL
