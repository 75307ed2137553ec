"""A delta that is large next to heart_rate is bulk-loaded with the table's other readings."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from loader.console import Step
from loader.database.session import connect
from loader.errors import DbtFailedError
from loader.ledger.row_counts import Counts
from loader.mode import Mode
from loader.run import Request
from loader.stage import load_method
from loader.stage.load_method import LoadMethod
from tests.large_delta import every_delta_is_large
from tests.loaded_once import LoadedOnce, LoadOnce
from tests.pipeline import AtStep, Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

HELD = seconds("2024-01-01 23:59:30", [60.5 + n % 9 for n in range(60)])
OTHERS = seconds("2024-01-05 08:00:00", [80.5 + n % 9 for n in range(40)])
MORE = seconds("2024-02-01 08:00:00", [70.5] * 200)
ALL = readings([*HELD, *MORE]) | readings(OTHERS, "P001")

BULK_LOAD_TABLE = "select to_regclass('staging.heart_rate_bulk_load')"
TABLE = "select 'heart_rate'::regclass::oid::bigint"


@pytest.fixture(scope="module")
def original(load_once: LoadOnce) -> LoadedOnce:
    def load(pipeline: Pipeline) -> None:
        pipeline.write(HELD)
        pipeline.write(OTHERS, name="participant_id=P001/hr.csv")
        pipeline.ingest()

    return load_once(load)


@pytest.fixture
def filled(original: LoadedOnce, pipeline: Pipeline) -> Iterator[Pipeline]:
    """A table with readings of two participants, to which every delta is large."""
    original.copy_to(pipeline)
    with every_delta_is_large():
        yield pipeline


def changes(counts: Counts) -> tuple[int, int, int]:
    return counts.new, counts.late, counts.corrected


def arrivals(pipeline: Pipeline, run_id: int) -> list[Any]:
    return pipeline.query(
        "select participant_id, rows_new, rows_late from ingest.arrivals where run_id = %s"
        " order by participant_id",
        (run_id,),
    )


def test_another_table_takes_the_place_of_heart_rate(filled: Pipeline) -> None:
    filled.append(MORE)
    before = filled.query(TABLE)

    result = filled.ingest()

    assert Step.KEY in filled.reporter.steps
    assert filled.query(TABLE) != before
    assert filled.query(BULK_LOAD_TABLE) == [(None,)]
    assert filled.query("select count(*) from staging.heart_rate") == [(0,)]
    assert filled.table() == ALL
    assert changes(result.counts) == (200, 0, 0)
    assert arrivals(filled, result.run_id) == [("me", 200, 0)]


def test_it_is_a_hypertable_with_the_key_and_its_name(filled: Pipeline) -> None:
    shape = """
        select conname, pg_get_constraintdef(oid), time_interval::text,
            obj_description('heart_rate'::regclass),
            has_table_privilege('fitbit_reader', 'heart_rate', 'select')
        from pg_constraint
        cross join timescaledb_information.dimensions
        where conrelid = 'heart_rate'::regclass and contype = 'p' and hypertable_name = 'heart_rate'
    """
    filled.append(MORE)

    filled.ingest()

    ((name, key, interval, comment, may_read),) = filled.query(shape)
    # The old table had the name heart_rate_pkey while the new one got its own.
    assert (name, key) == ("heart_rate_pkey1", 'PRIMARY KEY (participant_id, "timestamp")')
    assert interval == "7 days"
    assert comment.startswith("Every valid heart-rate reading")
    assert may_read


def test_late_corrected_and_unchanged_readings_on_days_that_are_held(filled: Pipeline) -> None:
    late = seconds("2024-01-01 23:00:00", [65.5] * 5)
    newer = seconds("2024-01-02 00:00:30", [66.5] * 7)
    instant, _ = HELD[3].split(",")
    corrected = [*HELD[:3], f"{instant},199.5", *HELD[4:]]
    filled.write([*late, *corrected, *newer])

    result = filled.ingest()

    assert filled.table() == readings([*late, *corrected, *newer]) | readings(OTHERS, "P001")
    assert changes(result.counts) == (7, 5, 1)
    assert arrivals(filled, result.run_id) == [("me", 7, 5)]


def test_late_days_and_a_new_participant(filled: Pipeline) -> None:
    late_days = seconds("2023-12-20 12:00:00", [71.5] * 30, step=3600)
    theirs = seconds("2024-01-05 08:00:00", [90.5] * 11)
    filled.write(late_days, name="late.csv")
    filled.write(theirs, name="participant_id=P002/hr.csv")

    result = filled.ingest()

    held = readings([*HELD, *late_days]) | readings(OTHERS, "P001")
    assert filled.table() == held | readings(theirs, "P002")
    assert arrivals(filled, result.run_id) == [("P002", 11, 0), ("me", 0, 30)]


def test_readings_of_a_missing_file_stay(filled: Pipeline) -> None:
    # The delta has the whole day, of which the file that is gone had other seconds.
    gone = seconds("2024-01-02 12:00:00", [61.5] * 20)
    filled.write(gone, name="gone.csv")
    filled.ingest()
    (filled.data / "gone.csv").unlink()
    more = seconds("2024-01-02 13:00:00", [62.5] * 30)
    filled.append(more)

    result = filled.ingest()

    assert Step.KEY in filled.reporter.steps
    assert filled.table() == readings([*HELD, *gone, *more]) | readings(OTHERS, "P001")
    assert changes(result.counts) == (30, 0, 0)


def test_what_others_built_on_the_table_stays(filled: Pipeline) -> None:
    filled.query("create view by_day as select count(*) as readings from heart_rate")
    filled.query("create index of_mine on heart_rate (value)")
    filled.append(MORE)

    filled.ingest()

    assert filled.query("select readings from by_day") == [(300,)]
    assert filled.query(
        "select indexdef like '%public.heart_rate %' from pg_indexes where indexname = 'of_mine'"
    ) == [(True,)]


def test_what_would_be_lost_makes_it_a_merge(filled: Pipeline) -> None:
    filled.query("alter table heart_rate add column note text")
    filled.query("update heart_rate set note = 'mine'")
    filled.append(MORE)

    filled.ingest()

    assert Step.KEY not in filled.reporter.steps
    assert filled.query("select count(*) from heart_rate where note = 'mine'") == [(100,)]
    assert filled.table() == ALL


def test_a_small_delta_is_merged(filled: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_method, "LARGE_SHARE", 1)
    filled.append(MORE[:3])

    filled.ingest()

    assert Step.KEY not in filled.reporter.steps


def test_any_number_of_readings_can_be_large(filled: Pipeline) -> None:
    with connect(os.environ, "test") as session:
        methods = {
            load_method.load_method(session, is_rebuild=False, readings=readings, moved=0)
            for readings in (31_536_000, 10**10)
        }

    assert methods == {LoadMethod.EXTEND}


@pytest.mark.parametrize(
    "change",
    [
        "insert into heart_rate values ('me', '2024-01-01', 70.5)",
        "delete from heart_rate where value = 60.5",
    ],
    ids=["inserted", "deleted"],
)
def test_a_table_that_changes_before_the_swap_is_not_replaced(
    filled: Pipeline, change: str
) -> None:
    filled.append(MORE)
    before = filled.query(TABLE)

    with pytest.raises(DbtFailedError, match="has changed since its readings were copied"):
        filled.ingest(reporter=AtStep(filled, Step.DBT, change))

    assert filled.query(TABLE) == before
    filled.ingest(Request(mode=Mode.RECONCILE))
    assert filled.table() >= ALL


@pytest.mark.parametrize("step", [Step.STAGE, Step.KEY, Step.DBT, Step.COMMIT])
def test_dbt_by_hand_after_a_run_that_died(filled: Pipeline, step: Step) -> None:
    before = filled.table()
    filled.append(MORE)
    with pytest.raises(KeyboardInterrupt):
        filled.ingest(reporter=AtStep(filled, step))

    done = filled.dbt("run", "--select", "stg_heart_rate", "heart_rate")

    assert done.returncode == 0, done.stdout
    assert filled.table() == (ALL if step in (Step.DBT, Step.COMMIT) else before)
    again = filled.dbt("run", "--select", "stg_heart_rate", "heart_rate")
    assert again.returncode == 0, again.stdout
    filled.ingest()
    assert filled.table() == ALL
