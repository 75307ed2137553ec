"""Retention drops old readings, and from then on no command takes them for missing."""

from contextlib import closing
from datetime import date

import psycopg2
import pytest

from loader.commands.run_result import RunResult
from loader.console import Step
from loader.mode import Mode
from loader.run import Request
from tests.loaded_once import LoadedOnce, LoadOnce
from tests.pipeline import AtStep, Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

OLD = seconds("2024-01-04 08:00:00", [60.5 + n % 9 for n in range(40)], 6 * 3600)
"""Of two chunks."""
LAST_OLD = ["2024-03-31 23:59:59,61.5"]
"""Just before the floor, in its chunk."""
FIRST_KEPT = ["2024-04-01 00:00:00,62.5"]
NEW = seconds("2024-06-01 00:00:00", [70.5] * 20, 60)
KEPT = readings([*FIRST_KEPT, *NEW])

FLOOR = date(2024, 4, 1)
"""The first day of the month 60 days before the newest reading."""

COUNTS = ("new", "late", "corrected", "unchanged", "duplicate", "rejected", "below_retention")


@pytest.fixture(scope="module")
def original(load_once: LoadOnce) -> LoadedOnce:
    def load(pipeline: Pipeline) -> None:
        pipeline.write([*OLD, *LAST_OLD, *FIRST_KEPT, *NEW])
        pipeline.ingest()

    return load_once(load)


@pytest.fixture
def loaded(original: LoadedOnce, pipeline: Pipeline) -> Pipeline:
    """Everything is loaded, without retention."""
    return original.copy_to(pipeline)


@pytest.fixture
def dropped(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Retention was set on the loaded table, and a run has applied it."""
    monkeypatch.setenv("RETENTION", "60 days")
    loaded.ingest()
    return loaded


def accounted(pipeline: Pipeline, result: RunResult) -> dict[str, int]:
    """The counts that aren't zero; they are in the ledger too, and add up."""
    columns = ", ".join(f"rows_{name}" for name in ("read", *COUNTS))
    ((read, *parts),) = pipeline.query(
        f"select {columns} from ingest.runs where run_id = %s", [result.run_id]
    )
    assert read == sum(parts) == result.counts.read
    assert parts == [getattr(result.counts, name) for name in COUNTS]
    return {name: count for name, count in zip(COUNTS, parts, strict=True) if count}


def kept(pipeline: Pipeline) -> set[tuple[object, ...]]:
    """What the table holds from the floor on: the chunk in which it lies is still there."""
    return {reading for reading in pipeline.table() if reading[1].date() >= FLOOR}


def verified(pipeline: Pipeline, **environment: str) -> str:
    done = pipeline.loader("verify", **environment)
    assert done.returncode == 0, done.stdout
    return done.stdout


def floors(pipeline: Pipeline) -> list[tuple[date | None, date]]:
    return pipeline.query("select floor, highest_floor from ingest.retention")


def test_a_loaded_table_loses_its_old_chunks(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION", "60 days")

    result = loaded.ingest()

    assert result.outcome == "nothing new"
    assert result.dropped is not None
    assert (result.dropped.floor, result.dropped.chunks) == (FLOOR, 2)
    assert loaded.table() == readings(LAST_OLD) | KEPT
    assert floors(loaded) == [(FLOOR, FLOOR)]
    assert "41 readings of the files are from before 2024-04-01" in verified(loaded)
    assert loaded.ingest().dropped is None


@pytest.mark.parametrize("mode", [Mode.DELTA, Mode.RECONCILE, Mode.REBUILD])
def test_a_late_file_is_loaded_from_the_floor_on(dropped: Pipeline, mode: Mode) -> None:
    late = ["2024-01-05 08:30:00,99.5", "2024-04-01 00:00:01,99.5", "2024-01-05 08:30:00,98.5"]
    dropped.write(late, name="late.csv")

    result = dropped.ingest(Request(mode=mode))

    counts = accounted(dropped, result)
    assert counts["below_retention"] == (1 if mode is Mode.DELTA else 42)
    assert counts["duplicate"] == 1
    assert kept(dropped) == KEPT | readings([late[1]])
    verified(dropped)
    again = dropped.ingest()
    assert again.outcome == "nothing new"
    assert again.counts.files_read == 0


def test_a_full_refresh_keeps_to_the_floor(dropped: Pipeline) -> None:
    result = dropped.ingest(Request(mode=Mode.REBUILD))

    assert accounted(dropped, result) == {"new": 21, "below_retention": 41}
    assert dropped.table() == KEPT
    verified(dropped)


def test_a_run_killed_before_the_drop_is_completed_by_the_next(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION", "60 days")
    loaded.append(["2024-06-01 01:00:00,75.5"])
    with pytest.raises(KeyboardInterrupt):
        loaded.ingest(reporter=AtStep(loaded, Step.RETENTION))
    assert len(loaded.table()) == 63
    verified(loaded)

    result = loaded.ingest()

    assert result.outcome == "nothing new"
    assert result.dropped is not None
    assert result.dropped.chunks == 2
    assert kept(loaded) == KEPT | readings(["2024-06-01 01:00:00,75.5"])
    verified(loaded)


@pytest.mark.parametrize("retention", ["never", "10 years"])
def test_a_longer_retention_claims_nothing_that_is_gone(
    dropped: Pipeline, monkeypatch: pytest.MonkeyPatch, retention: str
) -> None:
    monkeypatch.setenv("RETENTION", retention)
    assert dropped.ingest(Request(mode=Mode.RECONCILE)).outcome == "nothing new"
    assert floors(dropped) == [(FLOOR, FLOOR)]
    assert "41 readings of the files are from before" in verified(dropped, RETENTION=retention)

    result = dropped.ingest(Request(mode=Mode.RECONCILE, load_dropped=True))

    assert accounted(dropped, result) == {"late": 40, "unchanged": 22}
    assert dropped.table() == readings([*OLD, *LAST_OLD]) | KEPT
    assert "before" not in verified(dropped, RETENTION=retention)
    lowered = None if retention == "never" else date(2014, 6, 1)
    assert floors(dropped) == [(lowered, FLOOR)]


@pytest.mark.parametrize("step", [Step.FIND, Step.READ, Step.STAGE, Step.COMMIT])
def test_loading_what_was_dropped_is_completed_by_the_next_run(
    dropped: Pipeline, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    monkeypatch.setenv("RETENTION", "never")
    with pytest.raises(KeyboardInterrupt):
        dropped.ingest(
            Request(mode=Mode.RECONCILE, load_dropped=True), reporter=AtStep(dropped, step)
        )

    dropped.ingest()

    assert dropped.table() == readings([*OLD, *LAST_OLD]) | KEPT
    verified(dropped, RETENTION="never")
    assert dropped.ingest().counts.files_read == 0


def test_a_clock_in_the_future_drops_nothing_more(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.append(["2090-01-01 00:00:00,75.5"])
    monkeypatch.setenv("RETENTION", "50 years")

    loaded.ingest()

    assert len(loaded.table()) == 63


def test_a_participant_of_whom_everything_is_dropped_stays_known(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded.write(OLD, name="participant_id=P001/hr.csv")
    monkeypatch.setenv("RETENTION", "60 days")
    loaded.ingest()

    loaded.ingest(Request(mode=Mode.RECONCILE))

    assert loaded.query("select participant_id from ingest.participants order by 1") == [
        ("P001",),
        ("me",),
    ]


def test_a_chunk_that_somebody_reads_is_left_for_the_next_run(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION", "60 days")
    with closing(psycopg2.connect(loaded.dsn)) as session, session.cursor() as cursor:
        cursor.execute("select count(*) from heart_rate")
        result = loaded.ingest()
        assert result.dropped is not None
        assert (result.dropped.chunks, result.dropped.in_use) == (0, 2)
    verified(loaded)

    result = loaded.ingest()

    assert result.dropped is not None
    assert result.dropped.chunks == 2
