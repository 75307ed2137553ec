"""Who wore the device: Id, participant_id= folder, first folder or archive, FITBIT_PARTICIPANT."""

from __future__ import annotations

import pytest

from loader.errors import ExitCode
from tests.formats import fixtures, shapes
from tests.formats.loaded import assert_table_holds, people, said
from tests.formats.readings import Reading, expect, series
from tests.pipeline import Pipeline

pytestmark = pytest.mark.without_marts

DAY = "heart_rate-2024-02-01.json"
EXPORT = f"{fixtures.EXPORT}/{DAY}"


def day_of(participant: str, lowest: int = 60) -> list[Reading]:
    return series(participant, "2024-02-01 08:00:00", 100, lowest=lowest, confidence=2)


def test_without_any_name_it_is_the_configured_participant(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_PARTICIPANT", "wearer-9")
    rows = day_of("wearer-9")
    fixtures.put(pipeline.data, EXPORT, rows)

    pipeline.ingest()

    assert_table_holds(pipeline, expect(rows))
    assert people(pipeline) == {"wearer-9"}


def test_a_participant_folder_counts_at_any_depth(pipeline: Pipeline) -> None:
    rows = day_of("P007")
    fixtures.put(pipeline.data, f"study/site-2/participant_id=P007/old/{EXPORT}", rows)
    pipeline.ingest()
    assert_table_holds(pipeline, expect(rows))
    assert people(pipeline) == {"P007"}


def test_the_first_folder_or_archive_names_the_participant_where_told(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_PARTICIPANT_FROM", "folder")
    monkeypatch.setenv("FITBIT_TIMEZONE", "Europe/Berlin")
    anna, ben, named, top = day_of("anna"), day_of("ben", 90), day_of("P001", 70), day_of("me", 80)
    study = series("4020332650", "2024-02-01 08:00:00", 100, lowest=100)
    fixtures.put(pipeline.data, f"anna/{EXPORT}", anna)
    archive = fixtures.zip_of({EXPORT: shapes.takeout_json(ben).encode()})
    fixtures.write_bytes(pipeline.data / "ben.zip", archive)
    # What says more about the file goes before the first folder.
    fixtures.put(pipeline.data, f"carla/participant_id=P001/{EXPORT}", named)
    text = shapes.fitabase(study, fixtures.ZONE)
    fixtures.write(pipeline.data / "dora/heartrate_seconds_merged.csv", text)
    # No folder at all: the configured participant.
    fixtures.put(pipeline.data, DAY, top)

    pipeline.ingest()

    assert_table_holds(pipeline, expect([*anna, *ben, *named, *study, *top]))
    assert people(pipeline) == {"anna", "ben", "P001", "4020332650", "me"}


@pytest.mark.parametrize("packed", [False, True], ids=["folders", "archives"])
def test_two_people_who_would_become_one_are_refused(pipeline: Pipeline, packed: bool) -> None:
    for name, lowest in (("anna", 60), ("ben", 90)):
        rows = day_of("me", lowest)
        if packed:
            archive = fixtures.zip_of({EXPORT: shapes.takeout_json(rows).encode()})
            fixtures.write_bytes(pipeline.data / f"{name}.zip", archive)
        else:
            fixtures.put(pipeline.data, f"{name}/{EXPORT}", rows)

    done = pipeline.loader("ingest")

    assert done.returncode != ExitCode.OK
    assert done.returncode != ExitCode.BUG, said(done)
    for words in ("FITBIT_PARTICIPANT_FROM", "anna", "ben"):
        assert words in said(done)
    assert people(pipeline) == set()


def test_a_second_person_who_comes_later_is_refused_and_the_first_stays(
    pipeline: Pipeline,
) -> None:
    anna = day_of("me")
    fixtures.put(pipeline.data, f"anna/{EXPORT}", anna)
    pipeline.ingest()
    fixtures.put(pipeline.data, f"ben/{EXPORT}", day_of("me", 90))

    done = pipeline.loader("ingest")

    assert done.returncode not in (ExitCode.OK, ExitCode.BUG), said(done)
    assert "FITBIT_PARTICIPANT_FROM" in said(done)
    assert_table_holds(pipeline, expect(anna))


def test_two_exports_of_one_person_that_agree_are_one(pipeline: Pipeline) -> None:
    rows = day_of("me")
    fixtures.put(pipeline.data, f"export-1/{EXPORT}", rows[:70])
    fixtures.put(pipeline.data, f"export-2/{EXPORT}", rows[30:])
    pipeline.ingest()
    assert_table_holds(pipeline, expect(rows))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, ["FITBIT_PARTICIPANT", "me"]),
        ({"FITBIT_PARTICIPANT": "wearer-9"}, ["FITBIT_PARTICIPANT", "wearer-9"]),
        ({"FITBIT_PARTICIPANT_FROM": "folder"}, ["FITBIT_PARTICIPANT_FROM", "folder"]),
    ],
    ids=["default", "named", "folder"],
)
def test_status_says_which_rule_is_in_force(
    pipeline: Pipeline, environment: dict[str, str], words: list[str]
) -> None:
    fixtures.put(pipeline.data, f"anna/{EXPORT}", day_of("me"))
    assert pipeline.loader("ingest", **environment).returncode == ExitCode.OK
    status = pipeline.loader("status", **environment)
    assert status.returncode == ExitCode.OK, said(status)
    lines = [line for line in status.stdout.splitlines() if "participant" in line.lower()]
    assert any(all(word in line for word in words) for line in lines), status.stdout


def test_an_unknown_rule_stops_the_run(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, EXPORT, day_of("me"))
    done = pipeline.loader("ingest", FITBIT_PARTICIPANT_FROM="moon")
    assert done.returncode == ExitCode.SETTINGS
    assert "FITBIT_PARTICIPANT_FROM must be" in said(done)


def test_an_unknown_zone_stops_the_run(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, EXPORT, day_of("me"))
    done = pipeline.loader("ingest", FITBIT_TIMEZONE="Mars/Olympus")
    assert done.returncode == ExitCode.SETTINGS
    assert "FITBIT_TIMEZONE must be" in said(done)
