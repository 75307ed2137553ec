"""Local times around a change of the clock: the table is that of one file, however they arrive."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loader.commands.verify.verify import Verification, verify
from loader.configuration.settings import Settings
from loader.console import Step
from loader.mode import Mode
from loader.run import Request
from tests.clock_history import Row, rows_around, write
from tests.pipeline import Pipeline, QuietReporter, Reading

AUTUMN = "Berlin, autumn"
FIRST = datetime(2024, 10, 26, 23, tzinfo=UTC)
STEP = timedelta(seconds=30)
"""Rows from 23:00 to 03:00 UTC: an hour before the repeated one, its two passes, an hour after."""


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITBIT_TIMEZONE", "Europe/Berlin")


def night(participant: str) -> "list[Row]":
    return rows_around(AUTUMN, step=STEP, reach=timedelta(hours=2), participant=participant)


ANNA, BEN = night("anna"), night("ben")


def apart(rows: "list[Row]") -> "list[Row]":
    """The same night with no time in both passes: a row a minute, in the second at the half."""
    return [*rows[:120], *rows[120:240:2], *rows[241:360:2], *rows[360:]]


def true_table(rows: "list[Row]") -> "set[Reading]":
    return {
        (row.participant, FIRST + round((row.value - 50) * 100) * STEP, row.value) for row in rows
    }


def verified() -> Verification:
    return verify(Settings.from_env(os.environ), QuietReporter())


def assert_is(pipeline: Pipeline, rows: "list[Row]") -> None:
    """The table and the marts have these readings and nothing else."""
    assert pipeline.table() == true_table(rows)
    minutes = "select participant_id, minute, readings from marts.heart_rate_minute order by 1, 2"
    real = (
        "select participant_id, date_trunc('minute', timestamp), count(*) from heart_rate"
        " group by 1, 2 order by 1, 2"
    )
    assert pipeline.query(minutes) == pipeline.query(real)


class DyingReporter(QuietReporter):
    """Dies between the merge and the commit."""

    def step(self, name: Step, text: str) -> None:
        super().step(name, text)
        if name is Step.COMMIT:
            raise InterruptedError(name)


@pytest.mark.parametrize("cut", [240, 300])
def test_a_file_that_grows_through_the_repeated_hour(pipeline: Pipeline, cut: int) -> None:
    write(pipeline.data, "study.csv", ANNA[:cut])
    pipeline.ingest()
    write(pipeline.data, "study.csv", ANNA[:360])

    result = pipeline.ingest()

    assert_is(pipeline, ANNA[:360])
    counts = result.counts
    assert (counts.read, counts.new, counts.corrected, counts.moved) == (360, 360 - cut, 0, 0)
    assert counts.local_times.repeated == 240


def test_the_second_pass_arrives_before_the_first(pipeline: Pipeline) -> None:
    sparse = apart(BEN)
    write(pipeline.data, "b.csv", [*ANNA[240:], *sparse[180:]])
    alone = pipeline.ingest()
    assert alone.counts.local_times.ambiguous == 120 + 60
    write(pipeline.data, "a.csv", [*ANNA[:240], *sparse[:180]])

    result = pipeline.ingest()

    assert_is(pipeline, [*ANNA, *sparse])
    counts = result.counts
    # Where Anna's second pass was taken for the first, her first is now; her second is late, as
    # it lies before what was in. Ben's readings were at instants that nobody gives any more.
    assert (counts.files_read, counts.read, counts.conflicts) == (2, 480 + 360, 0)
    assert (counts.new, counts.late) == (0, 120 + 120 + 120 + 60 + 60)
    assert (counts.corrected, counts.moved) == (120, 60)
    assert pipeline.query("select rows_moved from ingest.runs order by run_id desc limit 1") == [
        (60,)
    ]
    assert verified().differences == []
    assert pipeline.ingest().outcome == "nothing new"

    # Under another name it is not missing, and when it is, what it gave stays.
    (pipeline.data / "a.csv").rename(pipeline.data / "c.csv")
    pipeline.ingest()
    assert_is(pipeline, [*ANNA, *sparse])
    assert missing_days(pipeline) == 0
    (pipeline.data / "c.csv").unlink()
    pipeline.ingest()
    assert missing_days(pipeline) == 4
    # Nothing in the other file tells that it has the second pass; what it gave in the table does.
    assert_stays_without_first_pass(pipeline, [*ANNA, *sparse], missing=240 + 180)


def assert_stays_without_first_pass(pipeline: Pipeline, rows: "list[Row]", missing: int) -> None:
    """The table has all of these rows, ``missing`` of which are in no file, and nothing moves."""
    assert_is(pipeline, rows)
    days = ledger_days(pipeline)
    found = verified()
    assert (found.ok, sum(day.gone for day in found.differences)) == (True, missing)
    result = pipeline.ingest(Request(mode=Mode.RECONCILE))
    counts = result.counts
    assert (counts.new, counts.late, counts.corrected, counts.moved) == (0, 0, 0, 0)
    assert counts.local_times.ambiguous == 0
    assert_is(pipeline, rows)
    assert ledger_days(pipeline) == days
    assert pipeline.ingest().outcome == "nothing new"


def ledger_days(pipeline: Pipeline) -> "list[tuple[object, ...]]":
    return pipeline.query(
        "select path, participant_id, day, readings, checksum, first_timestamp, last_timestamp"
        " from ingest.days order by 1, 2, 3"
    )


def test_a_missing_first_pass_leaves_the_second_where_it_is(pipeline: Pipeline) -> None:
    write(pipeline.data, "a.csv", ANNA[:240])
    # Of Ben the older of two downloads of the same pass will be missing: nothing moves for it.
    write(pipeline.data, "old.csv", BEN[120:180])
    write(pipeline.data, "new.csv", BEN[120:240])
    write(pipeline.data, "b.csv", ANNA[240:300])
    pipeline.ingest()
    loaded = [*ANNA[:300], *BEN[120:240]]
    assert_is(pipeline, loaded)
    days = ledger_days(pipeline)

    (pipeline.data / "a.csv").unlink()
    (pipeline.data / "old.csv").unlink()
    result = pipeline.ingest()

    assert sorted(result.update.vanished) == ["a.csv", "old.csv"]
    assert (result.counts.corrected, result.counts.moved) == (0, 0)
    assert result.counts.local_times.ambiguous == 120
    assert_is(pipeline, loaded)
    assert ledger_days(pipeline) == days
    assert verified().ok

    # The second pass goes on, in the file and in a new one, and gets another name.
    write(pipeline.data, "b.csv", ANNA[240:330])
    write(pipeline.data, "c.csv", ANNA[330:360])
    pipeline.ingest()
    assert_is(pipeline, [*ANNA[:360], *BEN[120:240]])
    (pipeline.data / "b.csv").rename(pipeline.data / "b2.csv")
    pipeline.ingest()
    assert_is(pipeline, [*ANNA[:360], *BEN[120:240]])

    # The first file is back, with what follows: its rows tell the pass again.
    write(pipeline.data, "a.csv", ANNA[:240])
    write(pipeline.data, "d.csv", ANNA[360:])
    result = pipeline.ingest()
    assert_is(pipeline, [*ANNA, *BEN[120:240]])
    assert (result.counts.corrected, result.counts.moved) == (0, 0)
    assert verified().differences == []

    # All of her files but the last are missing, and one comes back alone.
    for name in ("a.csv", "b2.csv", "c.csv"):
        (pipeline.data / name).unlink()
    pipeline.ingest()
    write(pipeline.data, "z.csv", ANNA[340:360])
    pipeline.ingest()
    assert_is(pipeline, [*ANNA, *BEN[120:240]])
    assert pipeline.ingest().outcome == "nothing new"


def test_a_refused_first_pass_leaves_the_second_where_it_is(pipeline: Pipeline) -> None:
    write(pipeline.data, "a.csv", ANNA[:240])
    write(pipeline.data, "b.csv", ANNA[240:300][::-1])
    pipeline.ingest()
    assert_is(pipeline, ANNA[:300])

    (pipeline.data / "a.csv").write_text("Id,Time,Value\n" + "anna,never,none\n" * 100)
    write(pipeline.data, "b.csv", ANNA[240:360][::-1])
    result = pipeline.ingest()

    assert len(result.findings.faults) == 1
    assert_is(pipeline, ANNA[:360])


def test_a_renamed_file_is_decided_as_before(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_PARTICIPANT", "anna")
    # Another format in UTC would say that it is the second pass, but only files of local times do.
    pipeline.write(
        (
            f"{instant:%Y-%m-%dT%H:%M:%SZ},{value}"
            for _, instant, value in sorted(true_table(ANNA[120:360]))
        ),
        header="timestamp,beats per minute",
        name="heart_rate_2024-10-27.csv",
    )
    write(pipeline.data, "b.csv", ANNA[240:360])
    pipeline.ingest()
    before = pipeline.table()
    (pipeline.data / "b.csv").rename(pipeline.data / "b2.csv")

    result = pipeline.ingest()

    assert result.counts.local_times.ambiguous == 120
    assert pipeline.table() == before
    assert verified().differences == []


def missing_days(pipeline: Pipeline) -> int:
    """The participant-days of missing files, which no reading is removed from."""
    ((found,),) = pipeline.query(
        "select count(*) from ingest.days join ingest.files using (path) where vanished"
    )
    return int(found)


def test_a_run_that_died_behind_its_merge_leaves_no_reading_behind(pipeline: Pipeline) -> None:
    rows = apart(BEN)
    write(pipeline.data, "b.csv", rows[180:240])
    with pytest.raises(InterruptedError):
        pipeline.ingest(reporter=DyingReporter())
    # The ledger knows nothing of what is in the table, where all of it is at a former instant.
    write(pipeline.data, "a.csv", rows[:180])

    pipeline.ingest()

    assert_is(pipeline, rows[:240])
    assert verified().differences == []


def test_load_and_dbt_by_hand_move_readings_too(pipeline: Pipeline) -> None:
    # The latest reading of the table is one that moves, to before: there its day ends earlier.
    rows = apart(BEN)[120:240]
    write(pipeline.data, "a.csv", rows[60:])
    pipeline.ingest()
    write(pipeline.data, "0.csv", rows[:60])

    pipeline.ingest(Request(command="load", stage_only=True))
    built = pipeline.dbt("build", "--exclude-resource-type", "unit_test")

    assert built.returncode == 0, built.stdout
    assert_is(pipeline, rows)
    pipeline.ingest()
    assert pipeline.ingest().outcome == "nothing new"
    assert_is(pipeline, rows)


def test_the_latest_reading_moves_to_an_earlier_instant(pipeline: Pipeline) -> None:
    # Of a time that never occurs: 02:30 is taken for the later instant until the rows that
    # follow show that the clock was put forward early.
    spring = [Row(datetime(2024, 3, 31, 1, 29), 61), Row(datetime(2024, 3, 31, 2, 30), 62)]
    write(pipeline.data, "a.csv", spring)
    assert pipeline.ingest().last_ok_run == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    write(pipeline.data, "a.csv", [*spring, Row(datetime(2024, 3, 31, 3), 63)])

    result = pipeline.ingest()

    assert result.last_ok_run == datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert result.counts.moved == 1
    assert {instant.time().isoformat() for _, instant, _ in pipeline.table()} == {
        "00:29:00",
        "00:30:00",
        "01:00:00",
    }
    assert pipeline.ingest().outcome == "nothing new"
    assert "compared in full" not in " ".join(pipeline.reporter.notes)

    # The row that tells it goes missing with its file: the reading stays where it is.
    follows = Row(datetime(2024, 3, 31, 3), 63, "ben")
    write(pipeline.data, "b.csv", [replace(row, participant="ben") for row in spring])
    write(pipeline.data, "c.csv", [follows])
    pipeline.ingest()
    loaded = pipeline.table()
    assert ("ben", datetime(2024, 3, 31, 0, 30, tzinfo=UTC), 62) in loaded
    (pipeline.data / "c.csv").unlink()
    pipeline.ingest()
    assert pipeline.table() == loaded
    assert verified().ok
