"""A change of a seed or a var: the marts keep their settings, and dbt says that they are old."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.marts.study import Person, Reading, Study
from tests.pipeline import Pipeline

EVENING = datetime(2024, 1, 1, 23, 30, tzinfo=UTC)
REMEDY = 'do: make dbt-build ARGS="--full-refresh --select tag:daily"'
TABLE = "marts.heart_rate_participant"
CHECK = "marts_have_the_present_settings"


def warnings(pipeline: Pipeline, *arguments: str) -> tuple[int, str]:
    """How many participants the data test names, and what dbt says besides."""
    done = pipeline.dbt("test", "--select", CHECK, "--no-use-colors", *arguments)
    assert done.returncode == 0, done.stdout
    count = done.stdout.partition("Got ")[2].partition(" ")[0]
    return int(count or 0), done.stdout


def test_a_changed_seed_is_noticed_until_the_marts_are_rebuilt(pipeline: Pipeline) -> None:
    study = Study(pipeline, [Person("berlin", "UTC"), Person("utc", "UTC")])
    study.run(Reading(who, EVENING, 60.0) for who in ("berlin", "utc", "without a row"))
    assert warnings(pipeline)[0] == 0

    study.query(
        "update marts.participants set time_zone = 'Europe/Berlin' where birth_year = 1985"
        " and participant_id = 'berlin'"
    )
    study.query(
        "insert into marts.participants values ('has no readings', 'Asia/Tokyo', 1950, null, null)"
    )
    study.run([Reading("berlin", EVENING.replace(minute=31), 61.0)])

    found, said = warnings(pipeline)
    assert found == 1
    assert REMEDY in said
    assert zones(study) == {"berlin": "UTC", "utc": "UTC", "without a row": "UTC"}
    study.rebuild()
    assert warnings(pipeline)[0] == 0
    assert zones(study)["berlin"] == "Europe/Berlin"


def test_each_setting_is_compared(pipeline: Pipeline) -> None:
    study = Study(pipeline)
    study.run(Reading(who, EVENING, 60.0) for who in ("a", "b"))
    assert warnings(pipeline, "--vars", "{resting_minutes: 20}")[0] == 2
    assert warnings(pipeline)[0] == 0
    folder = Path(pipeline.environment["DBT_TARGET_PATH"], "compiled/fitbit/tests")
    differing = (folder / f"{CHECK}.sql").read_text()
    for column, value in (
        ("time_zone", "Asia/Tokyo"),
        ("birth_year", 1970),
        ("min_confidence", 2),
        ("gap_minutes", 7.5),
        ("valid_day_hours", 8),
        ("resting_minutes", 20),
        ("valid_hour_minutes", 45),
        ("zone_rule", "maximum"),
        ("zone_resting_days", 7),
        ("moderate_from", 0.3),
        ("vigorous_from", 0.5),
        ("peak_from", 0.8),
    ):
        (before,) = study.query(f"select * from {TABLE} where participant_id = 'a'")
        study.query(f"update {TABLE} set {column} = %s where participant_id = 'a'", (value,))
        assert [row[0] for row in study.query(differing)] == ["a"], column
        study.query(f"delete from {TABLE} where participant_id = 'a'")
        study.query(f"insert into {TABLE} values %s", (before,))


def test_who_has_no_zone_of_their_own_has_the_one_of_the_files(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITBIT_TIMEZONE", "Asia/Kolkata")
    study = Study(pipeline, [Person("berlin", "Europe/Berlin"), Person("empty", None)])
    study.run(Reading(who, EVENING, 60.0) for who in ("berlin", "empty", "without a row"))
    kolkata = "Asia/Kolkata"
    assert zones(study) == {"berlin": "Europe/Berlin", "empty": kolkata, "without a row": kolkata}
    days = study.query("select participant_id, day::text from marts.heart_rate_day")
    assert set(days) == {
        ("berlin", "2024-01-02"),
        ("empty", "2024-01-02"),
        ("without a row", "2024-01-02"),
    }


def zones(study: Study) -> dict[str, str]:
    """By whose clock the marts were built."""
    return dict(study.query("select participant_id, time_zone from marts.heart_rate_participant"))
