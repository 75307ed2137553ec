"""Many files: what of them a night opens, what it decides, and what a changed setting says."""

import gzip
import os
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.errors import BadFileError, MixedParticipantsError, NoInputError
from loader.ledger.row_counts import DoubtfulTimes
from loader.mode import Mode
from loader.run import Request
from tests.opened import files_opened_below
from tests.pipeline import Pipeline, QuietReporter

pytestmark = pytest.mark.without_marts

NIGHT = timedelta(hours=14)
"""The wearer's day begins at 14:00 UTC, so that each file covers two UTC days."""


def takeout(day: datetime, values: range, step: int = 600) -> str:
    """One local day of Takeout JSON."""
    first = day - timedelta(days=1) + NIGHT
    records = (
        f'{{"dateTime" : "{first + timedelta(seconds=step * number):%m/%d/%y %H:%M:%S}", '
        f'"value" : {{"bpm" : {value}, "confidence" : 3}}}}'
        for number, value in enumerate(values)
    )
    return "[" + ",".join(records) + "]"


def write_days(folder: Path, *days: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for day in days:
        file = folder / f"heart_rate-2024-03-{day:02d}.json"
        file.write_text(takeout(datetime(2024, 3, day), range(60, 60 + 144)))


def count(pipeline: Pipeline) -> int:
    ((found,),) = pipeline.query("select count(*) from heart_rate")
    return int(found)


def test_a_night_with_one_new_file_opens_that_file_and_no_other(pipeline: Pipeline) -> None:
    write_days(pipeline.data, *range(1, 9))
    pipeline.ingest()
    write_days(pipeline.data, 9)

    with files_opened_below(pipeline.data) as opened:
        result = pipeline.ingest()

    assert opened == {"heart_rate-2024-03-09.json"}
    assert (result.counts.files_read, result.counts.new) == (1, 144)
    assert count(pipeline) == 9 * 144


def test_files_that_overlap_are_decided_together_whichever_came_first(pipeline: Pipeline) -> None:
    write_days(pipeline.data, 1, 2, 3)
    pipeline.ingest()
    # By its name it loses against the file of the second, with which it shares twelve instants.
    lost = takeout(datetime(2024, 3, 2), range(200, 212))
    (pipeline.data / "heart_rate-2024-03-00.json").write_text(lost)

    result = pipeline.ingest()

    assert (result.counts.files_read, result.counts.conflicts) == (2, 12)
    assert result.counts.corrected == 0
    assert pipeline.query("select count(*) from heart_rate where value >= 204") == [(0,)]
    assert count(pipeline) == 3 * 144


def test_an_archive_is_read_where_it_is_and_loses_nothing_when_it_is_unpacked(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    write_days(tmp_path / "unpacked", 1, 2, 3)
    files = sorted((tmp_path / "unpacked").iterdir())
    with zipfile.ZipFile(pipeline.data / "takeout.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"Takeout/Fitbit/{file.name}")

    first, second = pipeline.ingest(), pipeline.ingest()
    assert (first.counts.new, second.outcome) == (3 * 144, "nothing new")

    (pipeline.data / "takeout.zip").unlink()
    for file in files:
        (pipeline.data / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    third = pipeline.ingest()

    assert (third.counts.unchanged, third.counts.new, third.counts.late) == (3 * 144, 0, 0)
    assert len(third.update.vanished) == 3
    assert count(pipeline) == 3 * 144


def test_an_archive_that_is_damaged_later_takes_nothing_away(pipeline: Pipeline) -> None:
    write_days(pipeline.data / "loose", 1)
    path = pipeline.data / "takeout.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("heart_rate-2024-03-02.json", takeout(datetime(2024, 3, 2), range(60, 90)))
    pipeline.ingest()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    result = pipeline.ingest()

    assert [type(fault) for fault in result.findings.faults] == [BadFileError]
    assert "takeout.zip is damaged" in result.findings.faults[0].what
    assert result.update.vanished == []

    path.write_bytes(whole)
    assert pipeline.ingest().findings.faults == []
    assert count(pipeline) == 144 + 30


def test_a_setting_changed_afterwards_is_told_every_night_until_a_full_refresh(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_TIMEZONE", "Europe/Berlin")
    rows = ["P1,7/1/2024 9:00:00 AM,61", "P1,7/1/2024 9:00:05 AM,62"]
    pipeline.write(rows, "Id,Time,Value", "study.csv")
    assert pipeline.ingest().findings.outdated == []

    monkeypatch.setenv("FITBIT_TIMEZONE", "America/New_York")
    assert pipeline.ingest().findings.outdated == ["study.csv"]
    assert pipeline.ingest().findings.outdated == ["study.csv"]

    pipeline.ingest(Request(mode=Mode.REBUILD, allow_shrink=True))

    assert pipeline.ingest().findings.outdated == []
    instants = pipeline.query("select timestamp::text from heart_rate order by timestamp")
    assert instants == [("2024-07-01 13:00:00+00",), ("2024-07-01 13:00:05+00",)]


def test_a_growing_file_that_began_under_another_participant_is_told_every_night(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write(["2024-03-01 00:00:00,61"])
    pipeline.ingest()
    monkeypatch.setenv("FITBIT_PARTICIPANT", "anna")
    for second in (1, 2):
        pipeline.append([f"2024-03-01 00:00:0{second},62"])
        assert pipeline.ingest().findings.outdated == ["hr.csv"]
    # Touched and not changed: nothing of it is read, so it is in as it was.
    pipeline.hr_csv.touch()
    assert pipeline.ingest().findings.outdated == ["hr.csv"]
    assert pipeline.ingest().findings.outdated == ["hr.csv"]


def test_an_archive_in_which_only_a_damaged_file_was_recognisable_stays_an_error(
    pipeline: Pipeline,
) -> None:
    write_days(pipeline.data, 1)
    path = pipeline.data / "takeout.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("heart_rate-2024-03-02.json", takeout(datetime(2024, 3, 2), range(60, 90)))
    path.write_bytes(path.read_bytes().replace(b'"bpm" : 75', b'"bpm" : 99'))

    for _ in range(2):
        result = pipeline.ingest()
        assert [fault.what.split("/")[0] for fault in result.findings.faults] == ["takeout.zip"]
        assert result.counts.files_passed_over == 0


def test_doubtful_times_are_counted_once_where_a_batch_is_read_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_TIMEZONE", "Europe/Berlin")
    answer = (
        '{"activities-heart": [{"dateTime": "2023-10-29", "value": {%s}}], '
        '"activities-heart-intraday": {"dataset": [{"time": "02:10:00", "value": 61}, '
        '{"time": "02:50:00", "value": 62}, {"time": "02:10:00", "value": 63}]}}'
    )
    (pipeline.data / "a.json").write_text(answer % "")
    # One "time" more than rows: found out only when all of the batch is parsed.
    (pipeline.data / "b.json").write_text(answer.replace('"value": 63}', '"time": 1}') % "")

    result = pipeline.ingest()

    assert len(result.findings.faults) == 1
    assert result.counts.local_times == DoubtfulTimes(repeated=3)


def test_local_times_of_no_named_zone_are_refused_and_the_other_files_load(
    pipeline: Pipeline,
) -> None:
    pipeline.write(["P1,7/1/2024 9:00:00 AM,61"], "Id,Time,Value", "study.csv")
    pipeline.write(["2024-07-01 09:00:00,61"])

    result = pipeline.ingest()

    (fault,) = result.findings.faults
    assert isinstance(fault, BadFileError)
    assert fault.what.startswith("study.csv: ")
    assert "FITBIT_TIMEZONE" in fault.hint
    assert count(pipeline) == 1


def test_two_people_are_refused_also_when_the_second_comes_later(pipeline: Pipeline) -> None:
    write_days(pipeline.data / "anna", 1)
    pipeline.ingest()
    (pipeline.data / "ben").mkdir()
    other = takeout(datetime(2024, 3, 1), range(70, 100))
    (pipeline.data / "ben" / "heart_rate-2024-03-01.json").write_text(other)

    with pytest.raises(MixedParticipantsError, match="anna and ben would both be participant me"):
        pipeline.ingest()
    assert count(pipeline) == 144


def test_verify_and_a_full_refresh_read_every_format(pipeline: Pipeline) -> None:
    write_days(pipeline.data, 1, 2)
    pipeline.write(["2024-03-01 00:00:07,61"])
    pipeline.ingest()

    refreshed = pipeline.ingest(Request(mode=Mode.REBUILD))
    verified = verify(Settings.from_env(os.environ), QuietReporter())

    assert refreshed.counts.read == 289
    assert (verified.readings, verified.ok) == (289, True)


def test_a_rebuild_is_not_made_without_a_file_that_cannot_be_read(pipeline: Pipeline) -> None:
    write_days(pipeline.data, 1, 2)
    pipeline.ingest()
    file = pipeline.data / "heart_rate-2024-03-02.json"
    file.write_text(file.read_text()[:500])

    with pytest.raises(BadFileError, match="heart_rate-2024-03-02"):
        pipeline.ingest(Request(mode=Mode.REBUILD, allow_shrink=True))
    assert count(pipeline) == 2 * 144


def test_a_folder_in_which_everything_is_passed_over_is_an_error(pipeline: Pipeline) -> None:
    (pipeline.data / "steps.json").write_text('[{"dateTime": "03/01/24 00:00:00", "value": "7"}]')
    with pytest.raises(NoInputError, match="none of the 1 file in"):
        pipeline.ingest()
