"""Every setting in one place; every fault told at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT, Settings
from loader.configuration.stored_in import use_ledger_of_shard
from loader.configuration.variables import OWN_VARIABLES
from loader.errors import SettingsError


def test_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.data_dir == PROJECT / "data"
    assert settings.state_file == PROJECT / "state" / "last_OK_run.json"
    assert settings.log_dir == PROJECT / "logs"
    assert settings.dbt_project_dir == PROJECT / "dbt_project"
    assert settings.dbt_profiles_dir == PROJECT / "profiles"
    assert settings.participant == "me"
    assert settings.duckdb_memory == "128MB"


@pytest.mark.parametrize("name", ["DATA_DIR", "STATE_DIR", "LOG_DIR", "SCRATCH_DIR"])
def test_a_variable_that_is_set_but_empty_means_the_default(name: str) -> None:
    assert Settings.from_env({name: ""}) == Settings.from_env({})


@pytest.mark.parametrize(
    ("variable", "attribute"),
    [
        ("DATA_DIR", "data_dir"),
        ("STATE_DIR", "state_dir"),
        ("LOG_DIR", "log_dir"),
        ("SCRATCH_DIR", "scratch_dir"),
        ("DBT_PROJECT_DIR", "dbt_project_dir"),
        ("DBT_PROFILES_DIR", "dbt_profiles_dir"),
    ],
)
def test_each_folder_has_its_variable(
    variable: str, attribute: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for given, meant in [
        ("/srv/x", Path("/srv/x")),
        ("here", tmp_path / "here"),
        ("~/there", tmp_path / "home" / "there"),
    ]:
        assert getattr(Settings.from_env({variable: given}), attribute) == meant


def test_participant_and_memory() -> None:
    settings = Settings.from_env({"FITBIT_PARTICIPANT": " P001 ", "LOADER_MEMORY": "1GB"})
    assert (settings.participant, settings.duckdb_memory) == ("P001", "1GB")


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("FITBIT_PARTICIPENT", "FITBIT_PARTICIPANT"),
        ("FITBIT_PARTICIPANTS", "FITBIT_PARTICIPANT"),
        ("LOADER_MEM", "LOADER_MEMORY"),
        ("LOADER_MEMROY", "LOADER_MEMORY"),
    ],
)
def test_a_misspelt_variable_names_the_right_one(misspelt: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"{misspelt} is not a setting .did you mean {meant}"):
        Settings.from_env({misspelt: "x"})


@pytest.mark.parametrize("name", ["DATADIR", "HOME", "PGHOST", "OTHER_LOADER_MEMORY"])
def test_other_programs_variables_are_not_ours_to_judge(name: str) -> None:
    assert Settings.from_env({name: "x"}) == Settings.from_env({})


@pytest.mark.parametrize("participant", ["", "  ", "x" * 201, "é" * 101, "a\0b"])
def test_a_participant_must_be_some_text(participant: str) -> None:
    with pytest.raises(SettingsError, match=r"FITBIT_PARTICIPANT must be 1 to 200 bytes of .*text"):
        Settings.from_env({"FITBIT_PARTICIPANT": participant})


def test_a_participant_of_bytes_that_are_no_text_is_a_settings_error() -> None:
    """os.environ hands bytes that are not UTF-8 over as lone surrogates."""
    with pytest.raises(SettingsError, match="FITBIT_PARTICIPANT"):
        Settings.from_env({"FITBIT_PARTICIPANT": b"a\xff".decode("utf-8", "surrogateescape")})


def test_all_faults_are_told_together() -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"FITBIT_X": "1", "LOADER_Y": "2", "FITBIT_PARTICIPANT": ""})
    assert all(name in raised.value.what for name in ("FITBIT_X", "LOADER_Y", "PARTICIPANT must"))
    assert "README" in raised.value.hint


def test_no_own_variable_counts_as_misspelt() -> None:
    particular = {
        "LOADER_MEMORY": "1GB",
        "LOADER_LOCK_WAIT": "60",
        "FITBIT_PARTICIPANT_FROM": "folder",
        "FITBIT_TIMEZONE": "Europe/Berlin",
        "NOTIFY_URL": "http://localhost/x",
        "STALE_AFTER": "never",
        "RETENTION": "never",
        "STORE": "archive",
        "LOADER_SHARD": "1/4",
    }
    Settings.from_env({**dict.fromkeys(OWN_VARIABLES, "x"), **particular})


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"STORE": "files"}, "STORE must be table or archive"),
        ({"STORE": "archive"}, "STORE=archive requires ARCHIVE_DIR"),
        ({"STORE": "archive", "ARCHIVE_DIR": "x", "RETENTION": "1 year"}, "RETENTION is for"),
        ({"LOADER_SHARD": "1/4"}, "LOADER_SHARD requires STORE=archive"),
        *(
            ({"LOADER_SHARD": text, "STORE": "archive", "ARCHIVE_DIR": "x"}, "LOADER_SHARD must be")
            for text in ("0/4", "5/4", "4", "1/0", "a/b", "1/4 ", "01/4")
        ),
    ],
)
def test_where_the_readings_are(settings: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        Settings.from_env(settings)


def test_a_shard_has_its_state_and_its_ledger() -> None:
    environ = {"STORE": "archive", "ARCHIVE_DIR": "x", "LOADER_SHARD": "2/4", "STATE_DIR": "/s"}
    assert Settings.from_env(environ).state_dir == Path("/s/shard_2_of_4")
    use_ledger_of_shard(environ)
    assert environ["PGDATABASE"] == "fitbit_shard_2_of_4"
    use_ledger_of_shard(environ | {"LOADER_SHARD": "1/2"})
    use_ledger_of_shard(environ)
    assert environ["PGDATABASE"] == "fitbit_shard_2_of_4"


@pytest.mark.parametrize("zone", ["Berlin", "Europe", "/etc/passwd", "../UTC", "Europe/Berlin "])
def test_a_time_zone_must_be_one(zone: str) -> None:
    with pytest.raises(SettingsError, match="FITBIT_TIMEZONE must be a time zone"):
        Settings.from_env({"FITBIT_TIMEZONE": zone})


def test_the_participant_comes_from_nothing_but_a_folder() -> None:
    assert Settings.from_env({"FITBIT_PARTICIPANT_FROM": "folder"}).participant_from_folder
    with pytest.raises(SettingsError, match="FITBIT_PARTICIPANT_FROM must be folder"):
        Settings.from_env({"FITBIT_PARTICIPANT_FROM": "file"})


@pytest.mark.parametrize("memory", ["1MB", "63.9MB", "60MiB", "63000KB", "0.05 GB"])
def test_less_memory_than_duckdb_needs_is_refused_with_the_least(memory: str) -> None:
    with pytest.raises(SettingsError, match="64MB or more") as raised:
        Settings.from_env({"LOADER_MEMORY": memory})
    assert raised.value.exit_code == 78


@pytest.mark.parametrize("memory", ["64MB", "62MiB", "64000kb", "0.1 GB", "1TiB"])
def test_enough_memory(memory: str) -> None:
    assert Settings.from_env({"LOADER_MEMORY": memory}).duckdb_memory == memory


@pytest.mark.parametrize("seconds", ["0", "-1", "10min", "1.5", " "])
def test_how_long_a_lock_is_waited_for_is_a_number_of_seconds(seconds: str) -> None:
    with pytest.raises(SettingsError, match="LOADER_LOCK_WAIT"):
        Settings.from_env({"LOADER_LOCK_WAIT": seconds})


@pytest.mark.parametrize(
    ("age", "meant"),
    [
        ("", timedelta(days=7)),
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        ("36 hours", timedelta(hours=36)),
        ("2 Weeks", timedelta(days=14)),
        ("3days", timedelta(days=3)),
        ("never", None),
    ],
)
def test_when_readings_are_stale(age: str, meant: timedelta | None) -> None:
    assert Settings.from_env({"STALE_AFTER": age}).stale_after == meant


@pytest.mark.parametrize("age", ["7", "days", "0 days", "-1 days", "1.5 days", "7 months", "no"])
def test_stale_after_is_a_duration(age: str) -> None:
    with pytest.raises(SettingsError, match="STALE_AFTER must be a duration such as 7 days or"):
        Settings.from_env({"STALE_AFTER": age})


@pytest.mark.parametrize(
    ("text", "meant"),
    [("", None), ("never", None), ("5 Years", "5 years"), ("400days", "400days")],
)
def test_how_long_readings_are_kept(text: str, meant: str | None) -> None:
    assert Settings.from_env({"RETENTION": text}).retention == meant


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("5", "must be a duration such as 5 years or 400 days, or never"),
        ("36 hours", "must be a duration"),
        ("-1 year", "must be a duration"),
        ("28 days", "must be 60 days or longer, not 28 days"),
        ("1 month", "must be 60 days or longer"),
        ("101 years", "must be 100 years or shorter"),
    ],
)
def test_retention_is_a_duration_of_two_months_or_more(text: str, fault: str) -> None:
    with pytest.raises(SettingsError, match=f"RETENTION {fault}"):
        Settings.from_env({"RETENTION": text})


def test_an_address_that_is_none_is_reported_with_the_other_faults_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match=r"LOADER_MEMORY .*NOTIFY_URL must be") as raised:
        Settings.from_env({"NOTIFY_URL": "hc-ping.com/secret", "LOADER_MEMORY": "x"})
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(Settings.from_env({"NOTIFY_URL": "http://hc-ping.com/secret"}))
