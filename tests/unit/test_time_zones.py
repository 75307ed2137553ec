"""Names of time zones: only those that every database reads alike are accepted."""

from pathlib import Path

import pytest

from loader.configuration.settings import Settings
from loader.configuration.time_zones import zone_fault
from loader.errors import SettingsError
from loader.find.participants import read_zones


@pytest.mark.parametrize(
    "name",
    ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
)
def test_a_region_and_a_city_is_accepted(name: str) -> None:
    assert zone_fault(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CET", "Europe/Berlin"),
        ("MET", "Europe/Berlin"),
        ("EET", "Europe/Helsinki"),
        ("WET", "Europe/Lisbon"),
        ("EST", "America/New_York"),
        ("MST", "America/Denver"),
        ("HST", "Pacific/Honolulu"),
        ("EST5EDT", "America/New_York"),
        ("PST8PDT", "America/Los_Angeles"),
        ("GMT", "Europe/London"),
        ("GMT+1", "Etc/GMT-1, which is UTC+1"),
        ("UTC-05:00", "Etc/GMT+5, which is UTC-5"),
        ("GMT+0", "UTC"),
        ("utc", "UTC"),
        ("Zulu", "UTC"),
        ("europe/berlin", "Europe/Berlin"),
        ("EUROPE/BERLIN", "Europe/Berlin"),
        ("Europe/Berlin ", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("right/Europe/Berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Japan", "Asia/Tokyo"),
        ("US/Eastern", "America/New_York"),
    ],
)
def test_another_name_is_refused_with_the_right_one(name: str, meant: str) -> None:
    fault = zone_fault(name)
    assert fault is not None
    assert f"not {name}, " in fault
    assert fault.endswith(f"(did you mean {meant}?)")


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "Europe", "../UTC", "a\0b"])
def test_what_is_no_place_is_refused(name: str) -> None:
    assert zone_fault(name) is not None


def test_the_seed_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "participants.csv").write_text(
        "participant_id,time_zone,birth_year\na,Europe/Berlin,\nb,CET,1980\nc,,\n"
    )
    settings = Settings.from_env({"DBT_PROJECT_DIR": str(tmp_path)})
    with pytest.raises(SettingsError, match=r"time_zone of b must be .* mean Europe/Berlin\?"):
        read_zones(settings)
