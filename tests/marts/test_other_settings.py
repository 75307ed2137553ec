"""``ingest`` and ``status`` say that marts were built with other settings, without dbt."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from loader.configuration.settings import PROJECT, Settings
from loader.database.session import connect
from loader.errors import ExitCode, SettingsError
from loader.transform.marts_settings import REBUILD, other_settings, refuse_default_zone
from tests.marts.test_unit_tests import ODD
from tests.pipeline import Pipeline, seconds

VARS = "dbt_project.yml"
PARTICIPANTS = "seeds/participants.csv"
ZONES = "seeds/heart_rate_zones.csv"


@pytest.fixture(scope="module")
def built(module_pipeline: Pipeline) -> Pipeline:
    """A project whose marts are built with the tracked settings; no test changes it."""
    made = module_pipeline
    made.write(seconds("2024-01-01 00:00:00", [60.0, 61.0]))
    done = made.loader("ingest")
    assert done.returncode == ExitCode.OK, done.stderr
    assert "marts  " not in done.stdout
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The settings of dbt_project/, to be changed; its models are not needed."""
    (tmp_path / "seeds").mkdir()
    for file in (VARS, PARTICIPANTS, ZONES):
        shutil.copy(PROJECT / "dbt_project" / file, tmp_path / file)
    return tmp_path


def told(built: Pipeline, project: Path, **environment: str) -> str | None:
    variables = {**built.environment, "DBT_PROJECT_DIR": str(project), **environment}
    with connect(variables, "test") as session:
        return other_settings(session, Settings.from_env(variables))


@pytest.fixture(autouse=True)
def _here(built: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in built.environment.items():
        monkeypatch.setenv(name, value)


def test_marts_with_the_present_settings_need_no_word(built: Pipeline, project: Path) -> None:
    assert told(built, project) is None
    assert "marts        built with the present settings\n" in built.loader("status").stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (VARS, "default_time_zone: UTC", "default_time_zone: Asia/Tokyo", "time_zone"),
        (PARTICIPANTS, "me,,", "me,Europe/Berlin,", "time_zone"),
        (PARTICIPANTS, "me,,", "me,,1970", "birth_year"),
        (VARS, "default_birth_year: null", "default_birth_year: 1985", "birth_year"),
        (VARS, "min_confidence: 1", "min_confidence: 2", "marts_min_confidence"),
        (VARS, "gap_minutes: 10", "gap_minutes: 7.5", "gap_minutes"),
        (VARS, "valid_day_hours: 10", "valid_day_hours: 8", "valid_day_hours"),
        (VARS, "resting_minutes: 30", "resting_minutes: 20", "resting_minutes"),
        (VARS, "valid_hour_minutes: 30", "valid_hour_minutes: 45", "valid_hour_minutes"),
        (
            VARS,
            "zone_rule: own",
            "zone_rule: maximum",
            "zone moderate, zone vigorous, zone_rule",
        ),
        (VARS, "zone_rule: own", "zone_rule: reserve", "zone_rule"),
        (VARS, "zone_resting_days: 28", "zone_resting_days: 7", "zone_resting_days"),
        (ZONES, "moderate,0.4", "moderate,0.3", "zone moderate"),
        (ZONES, "vigorous,0.6", "vigorous,0.5", "zone vigorous"),
        (ZONES, "peak,0.85", "peak,0.8", "zone peak"),
    ],
)
def test_each_changed_setting_is_named(
    built: Pipeline, project: Path, file: str, old: str, new: str, name: str
) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new))
    said = told(built, project)
    assert said is not None
    assert f"another {name} than the present" in said
    assert said.endswith(REBUILD)


def test_what_changes_nothing_needs_no_word(built: Pipeline, project: Path) -> None:
    """Shares of the other rule, a var of other models, a row of somebody without readings."""
    text = (project / VARS).read_text()
    (project / VARS).write_text(text.replace("chunk_interval: 7 days", "chunk_interval: 9 days"))
    with (project / PARTICIPANTS).open("a") as stream:
        stream.write("nobody yet,Asia/Tokyo,1950,,\n")
    zones = (project / ZONES).read_text()
    (project / ZONES).write_text(zones.replace("moderate,0.4,0.5", "moderate,0.4,0.55"))
    assert told(built, project) is None


def test_a_project_that_cannot_be_read_stops_nothing(built: Pipeline, project: Path) -> None:
    (project / VARS).write_text("vars: [")
    said = told(built, project)
    assert said is not None
    assert said.startswith("can't be compared with ")


def test_a_run_with_nothing_new_and_status_say_it(built: Pipeline) -> None:
    nothing = built.loader("ingest", FITBIT_TIMEZONE="Europe/Berlin")
    assert nothing.returncode == ExitCode.OK
    assert "nothing new" in nothing.stdout
    line = f"those of 1 participant were built with another time_zone than the present: {REBUILD}\n"
    assert f"  marts      {line}" in nothing.stdout
    assert f"marts        {line}" in built.loader("status", FITBIT_TIMEZONE="Europe/Berlin").stdout


def test_the_same_settings_as_those_that_dbt_compares() -> None:
    macro = (PROJECT / "dbt_project/macros/marts/settings.sql").read_text()
    (columns,) = re.findall(r"setting_columns\(\).*?return\(\[(.*?)\]\)", macro, re.DOTALL)
    query = (PROJECT / "loader/transform/marts_settings.sql").read_text()
    compared = set(re.findall(r"built\.(\w+) is dist", query)) | {"definitions"}
    assert set(re.findall(r"'(\w+)'", columns)) == compared


def test_odd_values_for_every_var() -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project" / VARS).read_text())["vars"]
    assert set(ODD) == set(variables)
    assert all(ODD[name] != value for name, value in variables.items())


@pytest.mark.parametrize("zone", ["CET", "europe/berlin", "EST5EDT"])
def test_a_default_zone_that_is_read_differently_stops_a_run(project: Path, zone: str) -> None:
    text = (project / VARS).read_text()
    (project / VARS).write_text(
        text.replace("default_time_zone: UTC", f"default_time_zone: {zone}")
    )
    variables = {"DBT_PROJECT_DIR": str(project)}
    with pytest.raises(SettingsError, match=f"default_time_zone must .* not {zone}"):
        refuse_default_zone(Settings.from_env(variables))
    refuse_default_zone(Settings.from_env({**variables, "FITBIT_TIMEZONE": "Europe/Berlin"}))


def test_dbt_by_hand_refuses_such_a_zone(built: Pipeline) -> None:
    done = built.dbt(
        *("compile", "--select", "heart_rate_participant", "--no-use-colors"),
        FITBIT_TIMEZONE="CET",
    )
    assert done.returncode != 0
    assert "must be a time zone as Europe/Berlin is, not CET" in done.stdout


def test_the_command_that_is_named_puts_it_right(built: Pipeline) -> None:
    """The last of this module: it rebuilds the marts, with dbt's unit tests among the rest."""
    zone = {"FITBIT_TIMEZONE": "Asia/Kolkata"}
    assert REBUILD == 'make dbt-build ARGS="--full-refresh --select tag:daily"'
    done = built.dbt("build", "--full-refresh", "--select", "tag:daily", "--no-use-colors", **zone)
    assert done.returncode == 0, done.stdout
    assert " SKIP=0" in done.stdout
    assert " unit_test" in done.stdout
    assert "built with the present settings" in built.loader("status", **zone).stdout
    zones = "select distinct time_zone from marts.heart_rate_participant"
    assert built.query(zones) == [("Asia/Kolkata",)]
