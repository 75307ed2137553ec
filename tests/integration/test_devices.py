"""Several devices give a participant's instants: which one wins, in whatever order files arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import psycopg2
import pytest

from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.errors import LoaderError
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, QuietReporter

HEADER = "timestamp,beats per minute,data source"
WATCH, PHONE = "Google Pixel Watch 4 (41mm)", "Fitbit"

MORNING = [f"2024-03-01T08:00:0{second}Z,60,{PHONE}" for second in range(3)]
"""The phone's readings; the watch's are at two of the same instants."""

CONTESTED = [f"2024-03-01T08:00:0{second}Z,61,{WATCH}" for second in (0, 1)]

EVENING = [f"2024-03-01T20:00:0{second}Z,62,{WATCH}" for second in range(4)]
"""With these, the watch has more readings on the day, but none at an instant of the phone's."""

OTHER_DAY = [f"2024-03-02T20:00:0{second}Z,62,{WATCH}" for second in range(4)]


def write(pipeline: Pipeline, name: str, rows: list[str]) -> None:
    pipeline.write(rows, HEADER, name)


def at_eight(pipeline: Pipeline) -> list[float]:
    """The values at 8 o'clock: 60 is the phone's, 61 the watch's."""
    return sorted(value for _, instant, value in pipeline.table() if instant.hour == 8)


def is_right(pipeline: Pipeline) -> bool:
    found = verify(Settings.from_env(pipeline.environment), QuietReporter())
    return found.ok and not found.differences


@pytest.mark.without_marts
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_later_file_of_other_hours_decides_the_day(
    pipeline: Pipeline, order: tuple[int, ...]
) -> None:
    files = [("a.csv", CONTESTED), ("b.csv", MORNING), ("c.csv", EVENING)]
    for place in order:
        write(pipeline, *files[place])
        pipeline.ingest().counts.check()
        assert is_right(pipeline)
    assert at_eight(pipeline) == [60.0, 61.0, 61.0]
    assert pipeline.ingest().outcome == "nothing new"


def appended(pipeline: Pipeline) -> None:
    pipeline.append(EVENING, "a.csv")


def inserted(pipeline: Pipeline) -> None:
    write(pipeline, "a.csv", [*EVENING, *CONTESTED])


def another(pipeline: Pipeline) -> None:
    write(pipeline, "0.csv", EVENING)


def another_format(pipeline: Pipeline) -> None:
    points = [
        {
            "dataSource": {"platform": "FITBIT", "device": {"displayName": WATCH}},
            "heartRate": {
                "sampleTime": {"physicalTime": row.split(",")[0]},
                "beatsPerMinute": row.split(",")[1],
            },
        }
        for row in EVENING
    ]
    pipeline.data.joinpath("a.json").write_text(json.dumps({"dataPoints": points}))


def renamed_device(pipeline: Pipeline) -> None:
    write(pipeline, "b.csv", [row.replace(PHONE, WATCH) for row in MORNING])


CHANGES: dict[str, tuple[Callable[[Pipeline], None], list[float]]] = {
    "more rows appended": (appended, [60.0, 61.0, 61.0]),
    "more rows inserted": (inserted, [60.0, 61.0, 61.0]),
    "another file": (another, [60.0, 61.0, 61.0]),
    "another format": (another_format, [60.0, 61.0, 61.0]),
    # Then both files are the watch's, and the last path wins.
    "the device has another name": (renamed_device, [60.0, 60.0, 60.0]),
}


@pytest.mark.without_marts
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_one_file_decides_the_rows_of_another(pipeline: Pipeline, change: str) -> None:
    write(pipeline, "a.csv", CONTESTED)
    write(pipeline, "b.csv", MORNING)
    result = pipeline.ingest()
    assert at_eight(pipeline) == [60.0, 60.0, 60.0]
    assert result.counts.conflicts == 2
    happens, expected = CHANGES[change]
    happens(pipeline)
    pipeline.ingest().counts.check()
    assert at_eight(pipeline) == expected
    assert is_right(pipeline)


@pytest.mark.without_marts
@pytest.mark.parametrize("disappears", [False, True], ids=["fewer rows", "no file"])
def test_the_day_is_decided_again_without_the_rows_that_are_gone(
    pipeline: Pipeline, disappears: bool
) -> None:
    write(pipeline, "a.csv", CONTESTED)
    write(pipeline, "b.csv", MORNING)
    write(pipeline, "c.csv", [*EVENING, *OTHER_DAY])
    pipeline.ingest()
    assert at_eight(pipeline) == [60.0, 61.0, 61.0]
    if disappears:
        (pipeline.data / "c.csv").unlink()
    else:
        write(pipeline, "c.csv", OTHER_DAY)
    result = pipeline.ingest()
    result.counts.check()
    assert result.counts.corrected == 2
    assert at_eight(pipeline) == [60.0, 60.0, 60.0]
    # The evening's readings stay, although no file has them.
    assert len(pipeline.table()) == 11
    pipeline.ingest(Request(mode=Mode.RECONCILE)).counts.check()
    assert at_eight(pipeline) == [60.0, 60.0, 60.0]


@pytest.mark.without_marts
def test_a_renamed_file_changes_nothing(pipeline: Pipeline) -> None:
    write(pipeline, "a.csv", CONTESTED)
    write(pipeline, "b.csv", MORNING)
    write(pipeline, "c.csv", EVENING)
    pipeline.ingest()
    before = pipeline.table()
    (pipeline.data / "c.csv").rename(pipeline.data / "0.csv")
    result = pipeline.ingest()
    assert (result.counts.corrected, result.counts.new) == (0, 0)
    assert pipeline.table() == before
    assert is_right(pipeline)


@pytest.mark.without_marts
@pytest.mark.parametrize("device", ["", WATCH], ids=["none", "one"])
def test_files_of_other_hours_stay_unread_without_several_devices(
    pipeline: Pipeline, device: str
) -> None:
    for number, rows in enumerate((MORNING, EVENING, OTHER_DAY)):
        named = [f"{','.join(row.split(',')[:2])},{device}" for row in rows]
        write(pipeline, f"{number}.csv", named)
        assert pipeline.ingest().counts.files_read == 1


def test_a_run_that_failed_after_the_merge_is_made_up_for(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pipeline, "a.csv", CONTESTED)
    write(pipeline, "b.csv", MORNING)
    pipeline.ingest()
    write(pipeline, "c.csv", EVENING)
    # A mart that can't be built, after heart_rate has been merged.
    pipeline.query("alter table marts.heart_rate_day add constraint never check (readings < 7)")
    with pytest.raises((LoaderError, psycopg2.Error)):
        pipeline.ingest()
    pipeline.query("alter table marts.heart_rate_day drop constraint never")
    pipeline.ingest().counts.check()
    assert at_eight(pipeline) == [60.0, 61.0, 61.0]
    assert devices(pipeline) == [("2024-03-01", 2)]
    assert is_right(pipeline)


def devices(pipeline: Pipeline) -> list[tuple[str, int | None]]:
    return pipeline.query("select day::text, devices from marts.heart_rate_day order by day")


def test_the_day_mart_counts_devices_of_the_local_day(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 18:15 UTC is midnight in Kathmandu.
    monkeypatch.setenv("FITBIT_TIMEZONE", "Asia/Kathmandu")
    write(
        pipeline, "a.csv", [f"2024-03-01T18:14:59Z,60,{WATCH}", f"2024-03-01T18:15:00Z,60,{WATCH}"]
    )
    pipeline.ingest()
    assert devices(pipeline) == [("2024-03-01", 1), ("2024-03-02", 1)]
    write(pipeline, "b.csv", [f"2024-03-01T18:15:00Z,60,{PHONE}"])
    pipeline.ingest()
    assert devices(pipeline) == [("2024-03-01", 1), ("2024-03-02", 2)]
    write(pipeline, "c.csv", [f"2024-03-02T18:14:59Z,60,{WATCH} left"])
    pipeline.ingest()
    assert devices(pipeline) == [("2024-03-01", 1), ("2024-03-02", 3)]
    # Only the name changes, and no reading.
    write(pipeline, "c.csv", [f"2024-03-02T18:14:59Z,60,{PHONE}"])
    result = pipeline.ingest()
    assert (result.counts.new, result.counts.late, result.counts.corrected) == (0, 0, 0)
    assert devices(pipeline) == [("2024-03-01", 1), ("2024-03-02", 2)]
    write(pipeline, "b.csv", ["2024-03-01T18:15:00Z,60,"])
    write(pipeline, "c.csv", ["2024-03-02T18:14:59Z,60,"])
    write(pipeline, "a.csv", ["2024-03-01T18:14:59Z,60,", "2024-03-01T18:15:00Z,60,"])
    pipeline.ingest()
    assert devices(pipeline) == [("2024-03-01", None), ("2024-03-02", None)]
    assert pipeline.query("select count(*) from ingest.devices") == [(0,)]


def test_a_ledger_without_devices_is_completed_once(pipeline: Pipeline) -> None:
    write(pipeline, "a.csv", CONTESTED)
    write(pipeline, "b.csv", MORNING)
    pipeline.write(["2024-03-01 08:00:00,1"])
    pipeline.ingest()
    # As an earlier version left it: no devices, and the last path decided.
    pipeline.query(
        "delete from ingest.days where device = %s;"
        "update ingest.days set device = '';"
        "update ingest.files set devices_read = false;"
        "truncate ingest.devices;"
        "update heart_rate set value = 61 where timestamp <= '2024-03-01 08:00:01Z'",
        [WATCH],
    )
    result = pipeline.ingest()
    # hr.csv covers the same day.
    assert (result.counts.files_read, result.counts.corrected) == (3, 2)
    assert at_eight(pipeline) == [60.0, 60.0, 60.0]
    assert devices(pipeline) == [("2024-03-01", 2)]
    assert pipeline.ingest().outcome == "nothing new"


def test_an_erased_participants_devices_are_erased(pipeline: Pipeline) -> None:
    write(pipeline, "participant_id=one/a.csv", CONTESTED)
    write(pipeline, "participant_id=two/a.csv", MORNING)
    pipeline.ingest()
    (pipeline.data / "participant_id=one" / "a.csv").unlink()
    done = pipeline.loader("forget", "one", "--yes")
    assert done.returncode == 0, done.stderr
    for table in ("days", "devices"):
        assert pipeline.query(f"select distinct participant_id from ingest.{table}") == [("two",)]


def test_the_ledger_has_the_readings_of_each_device(pipeline: Pipeline) -> None:
    unnamed = ["2024-03-01T08:00:00Z,63,", "2024-03-01T08:00:09Z,63,"]
    write(pipeline, "a.csv", [*CONTESTED, *MORNING, MORNING[0], *unnamed])
    pipeline.ingest()
    assert pipeline.query(
        "select device, readings from ingest.days where path = 'a.csv' order by device"
    ) == [("", 2), (PHONE, 3), (WATCH, 2)]
    # A named device wins over none, wherever the rows are.
    assert [value for *_, value in sorted(pipeline.table())] == [60.0, 60.0, 60.0, 63.0]
    instant = datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert pipeline.query("select min(first_timestamp) from ingest.devices") == [(instant,)]


@pytest.mark.without_marts
def test_a_preferred_device_wins_over_more_readings(pipeline: Pipeline) -> None:
    write(pipeline, "a.csv", [*CONTESTED, *EVENING])
    write(pipeline, "b.csv", MORNING)
    pipeline.ingest()
    assert at_eight(pipeline) == [60.0, 61.0, 61.0]
    preference = pipeline.data / "format.yml"
    preference.write_text(f"prefer: [{PHONE}]\n")
    pipeline.ingest().counts.check()
    assert at_eight(pipeline) == [60.0, 60.0, 60.0]
    assert is_right(pipeline)
    assert pipeline.ingest().outcome == "nothing new"
    preference.unlink()
    pipeline.ingest().counts.check()
    assert at_eight(pipeline) == [60.0, 61.0, 61.0]
    assert is_right(pipeline)
