"""Whose readings a file holds, by the folders and archives that it is in."""

from dataclasses import replace
from pathlib import Path

import pytest

from loader.configuration.settings import Settings
from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.participants import owner_of

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
