"""Whose readings a file holds, by the folders and archives that it is in."""

from dataclasses import replace
from pathlib import Path

import pytest

from loader.configuration.settings import Settings
from loader.errors import BadFileError
from loader.find.attribution import Attribution
from loader.find.data_files import DataFile
from loader.find.participants import Zones, named_by_path, owner_of
from loader.readers import fitabase_single, hr_csv, participant_in_name

SETTINGS = Settings.from_env({"DATA_DIR": "/study/data"})
BY_FOLDER = replace(SETTINGS, participant_from_folder=True)
ONE = "takeout-20240101T000000Z"


def file(name: str, whole_name: str | None = None) -> DataFile:
    return DataFile(Path("/study/data") / name, name, 1, 1, whole_name=whole_name)


@pytest.mark.parametrize(
    ("name", "participant", "first_level"),
    [
        (f"{ONE}-001.zip/Takeout/x.json", ONE, ONE),
        (f"{ONE}-1-002.tgz/Takeout/x.json", ONE, ONE),
        (f"{ONE}-1-002 (1).ZIP/Takeout/x.json", ONE, ONE),
        (f"{ONE}-003/Takeout/x.json", ONE, ONE),
        ("takeout-20240101T000001Z-001.zip/x", "takeout-20240101T000001Z", None),
        (f"anna/{ONE}-001.zip/x", "anna", "anna"),
        ("ben.tar.gz/x", "ben", "ben.tar.gz"),
        ("P-001.zip/x", "P-001", "P-001.zip"),
        ("hr.csv", "me", ""),
    ],
)
def test_the_parts_of_a_takeout_are_one_persons(
    name: str, participant: str, first_level: str | None
) -> None:
    owner = owner_of(BY_FOLDER, file(name))
    assert owner.participant_id == participant
    assert owner.first_level == (participant if first_level is None else first_level)
    # Where they become one participant anyway, it is by this that two people would be found out.
    assert owner_of(SETTINGS, file(name)).first_level == owner.first_level


def test_a_folder_in_a_shortened_name_still_names_the_participant() -> None:
    whole = f"{'x' * 1000}/participant_id=P1/{'y' * 1000}/x.csv"
    assert owner_of(SETTINGS, file("short", whole)).participant_id == "P1"


@pytest.mark.parametrize("name", [f"participant_id={'x' * 201}/x", f"{'心' * 67}.zip/x"])
def test_a_participants_name_longer_than_a_key_is_the_files_fault(name: str) -> None:
    with pytest.raises(BadFileError, match="more than 200 bytes"):
        owner_of(BY_FOLDER, file(name))


SINGLE = "participant_id=P1/P007_heartrate_1min_20171001_20171007.csv"


def test_the_name_of_a_fitabase_file_counts_more_than_a_folder() -> None:
    attribution = Attribution(SETTINGS, Zones({}, None))
    owner = attribution.owner(file(SINGLE), fitabase_single.READER)
    assert (owner.participant_id, owner.is_marked) == ("P007", True)
    assert attribution.owner(file(SINGLE), hr_csv.READER).participant_id == "P1"
    assert named_by_path(SETTINGS, SINGLE) == "P007"


@pytest.mark.parametrize(
    ("name", "participant"),
    [
        ("P007_heartrate_1min_20171001_20171007.csv", "P007"),
        ("a.zip/ID 1003_heartrate_seconds_20171001_20171007.csv", "ID 1003"),
        ("a/32113-0004_HeartRate_15seconds_20171001_20171007 (1).csv.gz", "32113-0004"),
        ("site_2_P7_heartrate_5min_20171001_20171007.csv", "site_2_P7"),
        ("P7_heartrate_15 min_20171001_20171007.csv", "P7"),
        ("heartrate_1min_20171001_20171007.csv", None),
        ("_heartrate_1min_20171001_20171007.csv", None),
        (" _heartrate_1min_20171001_20171007.csv", None),
        ("P007_minuteSteps_20171001_20171007.csv", None),
        ("P007_heartrate_20171001_20171007.csv", None),
        ("P007_restingheartrate_1min_20171001_20171007.csv", None),
        ("P007_heartrate_zones_20171001_20171007.csv", None),
        ("P007_heartrate_1min_steps_20171001_20171007.csv", None),
        ("P007_heartrate_1minsteps_20171001_20171007.csv", None),
        ("P007_heartrate_1min_20171001_201710071.csv", None),
        ("combined_heartrate_seconds_merged.csv", None),
        ("P007_heartrate_1min_20171001_20171007.csv/steps.csv", None),
    ],
)
def test_which_names_of_files_name_a_participant(name: str, participant: str | None) -> None:
    assert participant_in_name(name) == participant
