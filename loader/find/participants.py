"""The participant of a file whose rows don't name one, and the participants' time zones."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.configuration.settings import Settings
from loader.configuration.time_zones import zone_fault
from loader.errors import BadFileError, SettingsError
from loader.find.data_files import DataFile
from loader.ledger import sample
from loader.names import LONGEST_PARTICIPANT, export_name, printable_name, without_archive_ending
from loader.readers import participant_in_name

MARK = "participant_id="
"""A folder ``participant_id=P001`` names the participant of every file below it."""


@dataclass(frozen=True)
class Owner:
    """The participant of a file whose rows don't name one.

    Attributes:
        participant_id: the participant.
        is_marked: a folder ``participant_id=…`` or the file's own name named it; several folders
            may then have the same.
        first_level: the first folder or archive below ``DATA_DIR``; for a Takeout in parts, the
            common part of their names; "" for a file directly in ``DATA_DIR``.
    """

    participant_id: str
    is_marked: bool
    first_level: str


def owner_of(settings: Settings, file: DataFile, named: str | None = None) -> Owner:
    """The owner of a file, by the rule that ``describe_rule`` describes.

    Args:
        settings: they say which folder counts.
        file: the file.
        named: the participant that the file's own name names, if its format has such names.

    Raises:
        BadFileError: the participant's name is too long for a key.
    """
    owner = _owner_of(settings, file)
    if named is not None:
        owner = Owner(named, True, owner.first_level)
    if len(owner.participant_id.encode()) > LONGEST_PARTICIPANT:
        raise BadFileError(
            f"{file.name}: the participant's name has more than {LONGEST_PARTICIPANT} bytes",
            "give the file, folder or archive that names the participant a shorter name",
        )
    return owner


def _owner_of(settings: Settings, file: DataFile) -> Owner:
    folders = file.folders
    first_level = export_name(folders[0]) if folders else ""
    if file.is_sample:
        return Owner(sample.PARTICIPANT, False, first_level)
    above = [printable_name(part) for part in settings.data_dir.parts]
    marked = _marked([*above, *folders])
    if marked is not None:
        return Owner(marked, True, first_level)
    if settings.participant_from_folder and folders:
        return Owner(without_archive_ending(first_level), False, first_level)
    return Owner(settings.participant, False, first_level)


def named_by_path(settings: Settings, name: str) -> str | None:
    """The participant that a file's path below ``DATA_DIR`` names; None if it names none.

    Args:
        settings: they say whether a folder without a mark names one.
        name: the path; the file itself may be an archive named like a participant.
    """
    named = participant_in_name(name)
    if named is not None:
        return named
    parts = name.split("/")
    marked = _marked(parts)
    if marked is not None:
        return marked
    if not settings.participant_from_folder:
        return None
    return without_archive_ending(export_name(parts[0]))


def _marked(folders: list[str]) -> str | None:
    """The participant in the innermost folder with the mark."""
    for folder in reversed(folders):
        if folder.startswith(MARK) and len(folder) > len(MARK):
            return folder.removeprefix(MARK)
    return None


def describe_rule(settings: Settings) -> str:
    """The rule that the settings select, as text for the user."""
    rule = "the file's Id column or Fitabase name, else a folder participant_id=…, else "
    if settings.participant_from_folder:
        rule += "the first folder or archive below DATA_DIR (FITBIT_PARTICIPANT_FROM=folder), else "
    return f"{rule}{settings.participant} (FITBIT_PARTICIPANT)"


@dataclass(frozen=True)
class Zones:
    """The time zone of each participant's wall clock.

    Attributes:
        by_participant: from the rows of ``seeds/participants.csv``.
        default: ``FITBIT_TIMEZONE``; None if it is not set.
    """

    by_participant: Mapping[str, str]
    default: str | None

    def of(self, participant_id: str) -> str | None:
        """The IANA name of a participant's zone; None if it isn't set."""
        return self.by_participant.get(participant_id, self.default)


def read_zones(settings: Settings) -> Zones:
    """Read the participants' zones from the seed, which may be missing.

    Raises:
        SettingsError: the seed can't be read, or has an invalid zone.
    """
    zones = {who: zone for who, zone in _rows(seed_file(settings)).items() if zone}
    return Zones(zones, settings.time_zone)


def is_in_seed(settings: Settings, participant_id: str) -> bool:
    """Whether ``seeds/participants.csv`` has a row for a participant.

    Raises:
        SettingsError: the seed can't be read, or has an invalid zone.
    """
    return participant_id in _rows(seed_file(settings))


def seed_file(settings: Settings) -> Path:
    """The path of the participants' seed."""
    return settings.dbt_project_dir / "seeds" / "participants.csv"


def _rows(seed: Path) -> dict[str, str]:
    """Each participant's time zone; "" if the row has none."""
    try:
        with seed.open(newline="", encoding="utf-8") as stream:
            zones = {row["participant_id"]: row["time_zone"] for row in csv.DictReader(stream)}
    except FileNotFoundError:
        return {}
    except (OSError, KeyError, ValueError) as error:
        raise SettingsError(
            f"{seed} can't be read: {error}",
            "it needs the columns participant_id,time_zone,birth_year",
        ) from error
    faults = [
        f"the time_zone of {who} {fault}"
        for who, zone in zones.items()
        if zone and (fault := zone_fault(zone))
    ]
    if faults:
        raise SettingsError(f"{seed}: {'; '.join(faults)}", "correct the seed")
    return zones
