"""The sample next to a person's own files, over the nights: never mixed, hidden or missing."""

import gzip
import os

import pytest

from loader.commands.status import read_status, render_status
from loader.commands.summary import render_run, render_verification
from loader.commands.verify.verify import Verification, verify
from loader.configuration.settings import Settings
from loader.errors import ShrinkRefusedError
from loader.ledger import sample
from loader.ledger.fingerprint import Fingerprint
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, QuietReporter, readings, seconds

WEEKS = seconds("2023-12-31 00:00:00", [60 + number % 40 + 0.5 for number in range(100)])
DAYS = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.5 for number in range(200)])
SAMPLE = WEEKS + DAYS
OWN = seconds("2024-01-01 00:00:00", [70 + number % 30 for number in range(200)])
STILL_LOADED = "300 readings of participant sample still loaded"
REMOVE = "make forget PARTICIPANT=sample"


@pytest.fixture
def project(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A pipeline whose ``data/`` is a project's, with a small sample of two files."""
    days = pipeline.write(DAYS, name="sample/hr.csv")
    weeks = pipeline.write(WEEKS, name="sample/weeks.csv.gz")
    content = fingerprint(weeks.read_bytes())
    weeks.write_bytes(gzip.compress(weeks.read_bytes()))
    tracked = (
        sample.TrackedFile(days, fingerprint(days.read_bytes()), fingerprint(days.read_bytes())),
        sample.TrackedFile(weeks, fingerprint(weeks.read_bytes()), content),
    )
    monkeypatch.setattr(sample, "TRACKED", tracked)
    return pipeline


def fingerprint(content: bytes) -> Fingerprint:
    made = Fingerprint()
    made.extend(content)
    return made


def status_of(name: str) -> str:
    lines = render_status(read_status(Settings.from_env(os.environ))).splitlines()
    return next((line[13:] for line in lines if line.startswith(name)), "")


def verified() -> Verification:
    return verify(Settings.from_env(os.environ), QuietReporter())


def test_the_sample_gives_way_to_own_files(
    project: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.ingest()
    assert project.table() == readings(SAMPLE, "sample")
    assert status_of("sample") == ""
    assert (verified().ok, verified().sample) == (True, 0)

    project.write(OWN)
    first = project.ingest()
    both = readings(SAMPLE, "sample") | readings(OWN)
    assert project.table() == both
    assert (first.counts.read, first.counts.new, first.counts.late) == (200, 200, 0)
    assert (first.update.vanished, first.sample_kept, first.counts.files_seen) == ([], 300, 1)
    assert STILL_LOADED in render_run(first)
    assert REMOVE in render_run(first)

    second = project.ingest()
    assert (second.outcome, second.update.vanished, second.sample_kept) == ("nothing new", [], 0)
    assert "of participant sample" not in render_run(second)
    assert STILL_LOADED in status_of("sample")
    assert REMOVE in status_of("sample")
    found = verified()
    assert (found.ok, found.differences, found.readings, found.sample) == (True, [], 200, 300)
    assert "no longer in the files" not in render_verification(found)
    assert f"not compared: {STILL_LOADED}" in render_verification(found)

    reconciled = project.ingest(Request(mode=Mode.RECONCILE))
    assert (reconciled.outcome, reconciled.update.vanished) == ("nothing new", [])
    assert project.table() == both

    # Another data folder: the sample's file is not below it, and is not missing either.
    elsewhere = project.data.with_name("elsewhere")
    (elsewhere / "participant_id=P1").mkdir(parents=True)
    (elsewhere / "participant_id=P1" / "hr.csv").write_text(project.hr_csv.read_text())
    monkeypatch.setenv("DATA_DIR", str(elsewhere))
    moved = Request(new_data_dir=True)
    assert project.ingest(moved).update.vanished == ["hr.csv"]
    monkeypatch.setenv("DATA_DIR", str(project.data))
    assert project.ingest(moved).update.vanished == ["participant_id=P1/hr.csv"]

    with pytest.raises(ShrinkRefusedError, match="200 of those are no longer in the files"):
        project.ingest(Request(mode=Mode.REBUILD))
    assert STILL_LOADED in status_of("sample")


def test_a_full_refresh_leaves_the_sample_out_and_says_so(project: Pipeline) -> None:
    project.ingest()
    project.write(OWN)
    project.ingest()

    rebuilt = project.ingest(Request(mode=Mode.REBUILD))
    assert project.table() == readings(OWN)
    assert (rebuilt.update.vanished, rebuilt.sample_kept, rebuilt.sample_dropped) == ([], 0, 300)
    assert "300 readings of participant sample dropped" in render_run(rebuilt)
    assert status_of("sample") == ""
    assert status_of("readings").startswith("200 ")
    assert project.query("select participant_id from ingest.participants") == [("me",)]
    assert project.query("select distinct participant_id from marts.heart_rate_day") == [("me",)]
    assert (verified().ok, verified().sample, project.ingest().outcome) == (True, 0, "nothing new")

    # Once the own files are taken away, the sample is what there is again.
    project.hr_csv.unlink()
    assert project.ingest().update.vanished == ["hr.csv"]
    assert project.table() == readings(SAMPLE, "sample") | readings(OWN)
    with pytest.raises(ShrinkRefusedError):
        project.ingest(Request(mode=Mode.REBUILD))


def test_what_was_changed_in_the_sample_by_hand_is_not_taken_for_it(project: Pipeline) -> None:
    """The table's days are left out of the comparison only as far as the sample gave them."""
    project.ingest()
    project.write(OWN)
    project.ingest()
    project.query(
        "insert into heart_rate values ('sample', '2024-01-01 12:00:00+00', 61.5),"
        " ('sample', '2024-06-01 12:00:00+00', 61.5)"
    )
    found = verified()
    assert {(day.participant_id, day.gone) for day in found.differences} == {
        ("sample", 201),
        ("sample", 1),
    }
    with pytest.raises(ShrinkRefusedError, match="202 of those"):
        project.ingest(Request(mode=Mode.REBUILD))


def test_the_sample_of_an_earlier_version_is_named(
    project: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was ``data/hr.csv`` and participant ``me``."""
    (project.data / "sample" / "weeks.csv.gz").rename(project.data / ".weeks.csv.gz")
    old = (project.data / "sample" / "hr.csv").rename(project.hr_csv)
    with monkeypatch.context() as earlier_version:
        earlier_version.setattr(sample.TrackedFile, "is_copied_to", lambda *_: False)
        project.ingest()
    assert project.table() == readings(DAYS)

    old.rename(project.data / "sample" / "hr.csv")
    upgraded = project.ingest()
    assert (upgraded.update.vanished, upgraded.findings.earlier_sample) == (["hr.csv"], "hr.csv")
    assert "hr.csv was the sample of an earlier version; docs/upgrade.md" in render_run(upgraded)
    assert status_of("sample") == ""
    assert project.ingest().findings.earlier_sample is None


def test_a_sample_that_has_become_larger_is_loaded_as_well(project: Pipeline) -> None:
    """Of the sample's two files, an earlier version had the days only."""
    weeks = project.data / "sample" / "weeks.csv.gz"
    away = weeks.rename(project.data / ".weeks.csv.gz")
    project.ingest()
    assert project.table() == readings(DAYS, "sample")

    away.rename(weeks)
    upgraded = project.ingest()
    assert project.table() == readings(SAMPLE, "sample")
    assert (upgraded.counts.read, upgraded.counts.late, upgraded.sample_kept) == (100, 100, 0)
    assert upgraded.findings.earlier_sample is None
    assert status_of("sample") == ""
    assert (verified().ok, verified().sample) == (True, 0)
