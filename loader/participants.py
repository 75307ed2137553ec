"""Who wore the device of a file, where its rows do not say, and in which time zone."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.errors import BadFileError, SettingsError
from loader.files import DataFile
from loader.names import LONGEST_PARTICIPANT, export_name, printable_name, without_archive_ending
from loader.settings import Settings

MARK = "participant_id="
"""A folder ``participant_id=P001`` names the participant of every file below it."""


@dataclass(frozen=True)
class Owner:
    """Whose readings a file holds, where its rows do not say.

    Attributes:
        participant_id: who.
        told: a folder of the mark said so; then two folders may well be one person's.
        first_level: the first folder or archive below ``DATA_DIR``, of a Takeout in parts what
            their names have in common; "" for a file that lies in ``DATA_DIR`` itself.
    """

    participant_id: str
    told: bool
    first_level: str


def owner_of(settings: Settings, file: DataFile) -> Owner:
    """The owner of a file, by the rule that ``describe_rule`` tells.

    Raises:
        BadFileError: the participant's name is too long for a key.
    """
    owner = _owner_of(settings, file)
    if len(owner.participant_id.encode()) > LONGEST_PARTICIPANT:
        raise BadFileError(
            f"{file.name}: the participant's name has more than {LONGEST_PARTICIPANT} bytes",
            "give the folder or archive that names the participant a shorter name",
        )
    return owner


def _owner_of(settings: Settings, file: DataFile) -> Owner:
    folders = file.folders
    above = [printable_name(part) for part in settings.data_dir.parts]
    first_level = export_name(folders[0]) if folders else ""
    for folder in reversed([*above, *folders]):
        if folder.startswith(MARK) and len(folder) > len(MARK):
            return Owner(folder.removeprefix(MARK), True, first_level)
    if settings.participant_from_folder and folders:
        return Owner(without_archive_ending(first_level), False, first_level)
    return Owner(settings.participant, False, first_level)


def describe_rule(settings: Settings) -> str:
    """The rule in force, for people."""
    otherwise = f"{settings.participant} (FITBIT_PARTICIPANT)"
    if settings.participant_from_folder:
        otherwise = (
            "the first folder or archive below DATA_DIR (FITBIT_PARTICIPANT_FROM=folder), "
            f"else {otherwise}"
        )
    return f"the file's Id column, else a folder participant_id=…, else {otherwise}"


@dataclass(frozen=True)
class Zones:
    """The time zone of each participant's wall clock.

    Attributes:
        by_participant: from the rows of ``seeds/participants.csv``.
        default: ``FITBIT_TIMEZONE``; None where it is not set.
    """

    by_participant: Mapping[str, str]
    default: str | None

    def of(self, participant_id: str) -> str | None:
        """The IANA name of a participant's zone; None if nothing says it."""
        return self.by_participant.get(participant_id, self.default)


def read_zones(settings: Settings) -> Zones:
    """Read the participants' rows; a project without the seed has none.

    Raises:
        SettingsError: the seed can't be read as one.
    """
    seed = settings.dbt_project_dir / "seeds" / "participants.csv"
    return Zones(_rows(seed), settings.time_zone)


def _rows(seed: Path) -> dict[str, str]:
    try:
        with seed.open(newline="", encoding="utf-8") as stream:
            return {
                row["participant_id"]: row["time_zone"]
                for row in csv.DictReader(stream)
                if row["time_zone"]
            }
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, ValueError) as error:
        raise SettingsError(
            f"{seed} can't be read: {error}",
            "it needs the columns participant_id,time_zone,birth_year",
        ) from error
