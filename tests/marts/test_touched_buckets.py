"""A run recomputes the buckets that its readings touch, and no others."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from tests.loaded_once import LoadedOnce, LoadOnce
from tests.marts.study import Person, Reading, Study
from tests.pipeline import Pipeline


def day_of(start: datetime, bpm: float = 60.0, who: str = "me") -> list[Reading]:
    """One reading every five minutes for a day."""
    return [Reading(who, start + timedelta(minutes=5 * number), bpm) for number in range(288)]


def march(day: int) -> datetime:
    return datetime(2024, 3, day, tzinfo=UTC)


@pytest.fixture(scope="module")
def original(load_once: LoadOnce) -> LoadedOnce:
    def load(pipeline: Pipeline) -> None:
        made = Study(pipeline, [Person("me", "UTC"), Person("P001", "UTC")])
        made.run(
            [
                reading
                for who in ("me", "P001")
                for day in (4, 6, 8)
                for reading in day_of(march(day), who=who)
            ]
        )

    return load_once(load)


@pytest.fixture
def study(original: LoadedOnce, pipeline: Pipeline) -> Study:
    """Three days of two participants."""
    return Study(original.copy_to(pipeline), runs=1)


def test_the_same_again_rewrites_no_row(study: Study) -> None:
    before = study.row_versions()
    study.run(day_of(march(6)))
    assert study.row_versions() == before


def test_nothing_staged_changes_nothing(study: Study) -> None:
    before = study.row_versions()
    study.run([])
    assert study.row_versions() == before


def test_a_late_day_leaves_other_days_and_participants_alone(study: Study) -> None:
    before = study.row_versions()

    study.run(day_of(march(5), 70.0))

    after = study.row_versions()
    rewritten = {
        "marts.heart_rate_minute": 0,
        "marts.heart_rate_hour": 0,
        "marts.heart_rate_day": 0,
        "marts.heart_rate_gap": 1,  # 4 to 6 March; now there is none
        "marts.heart_rate_coverage": 1,
        "marts.heart_rate_participant": 0,
        "intermediate.int_heart_rate_day_statistics": 0,
    }
    assert {name: len(before[name] - after[name]) for name in rewritten} == rewritten
    added = {
        "marts.heart_rate_minute": 288,
        "marts.heart_rate_hour": 24,
        "marts.heart_rate_day": 1,
        "marts.heart_rate_gap": 0,
        "marts.heart_rate_coverage": 1,
        "marts.heart_rate_participant": 0,
        "intermediate.int_heart_rate_day_statistics": 1,
    }
    assert {name: len(after[name] - before[name]) for name in added} == added
    assert study.query(
        "select days_with_data, late_readings from marts.heart_rate_coverage"
        " where participant_id = 'me'"
    ) == [(4, 288)]


def test_what_is_corrected_to_confidence_0_leaves_the_marts(study: Study) -> None:
    study.run([reading._replace(confidence=0) for reading in day_of(march(6))])

    assert study.query(
        "select day::text from marts.heart_rate_day where participant_id = 'me' order by day"
    ) == [("2024-03-04",), ("2024-03-08",)]
    assert study.query(
        "select gap_start, gap_end from marts.heart_rate_gap where participant_id = 'me'"
    ) == [(march(4) + timedelta(hours=23, minutes=55), march(8))]


def test_a_run_that_died_before_the_marts_is_made_good_by_the_next(study: Study) -> None:
    study.stage(day_of(march(5)))
    study.dbt("run", "--select", "heart_rate")

    study.build()  # the next run stages the same days again

    built = study.marts()
    study.rebuild()
    assert study.marts() == built
    assert study.query("select count(*) from marts.heart_rate_day") == [(7,)]


def test_marts_missing_beside_a_loaded_table_are_built_from_it(study: Study) -> None:
    built = study.marts()
    study.query("drop schema intermediate cascade")
    for name in study.names:
        study.query(f"drop table if exists {name}")
    study.run([])
    assert study.marts() == built


def test_rows_for_buckets_that_are_not_touched_are_ignored(study: Study, tmp_path: Path) -> None:
    """A model may read more than the touched days, so that hours at the bounds are not whole."""
    project = copy_of_project(tmp_path)
    model = project / "models/marts/heart_rate_hour.sql"
    text = model.read_text()
    bounds, restriction = (
        "in_touched_days('minute')",
        "{% if is_incremental() %}\n        inner join",
    )
    assert bounds in text
    assert restriction in text
    text = text.replace(bounds, "in_touched_days('minute', margin='30 minutes')")
    model.write_text(text.replace(restriction, "{% if false %}\n        inner join"))
    study.stage(day_of(march(5), 70.0))

    study.dbt("run", project=project)

    hours = (
        "select hour, readings from marts.heart_rate_hour where participant_id = 'me' order by 1"
    )
    assert study.query(hours) == [
        (march(day) + timedelta(hours=hour), 12) for day in (4, 5, 6, 8) for hour in range(24)
    ]


def copy_of_project(tmp_path: Path) -> Path:
    """dbt_project/, to be changed."""
    project = tmp_path / "project"
    ignore = shutil.ignore_patterns("target", "logs")
    return Path(shutil.copytree(PROJECT / "dbt_project", project, ignore=ignore))


@pytest.mark.parametrize(
    ("usable", "unusable", "words"),
    [
        ("unique_key=['participant_id', 'minute']", "unique_key='minute'", "to be a list"),
        ("unique_key=['participant_id', 'minute']", "unique_key=['second']", "no column second"),
        ("buckets('utc days')", "buckets('weeks')", "one of utc days, local days, local days of "),
        ("touched_rows='target.", "touched_rows='true or ' ~ '", "needs touched_rows to compare"),
    ],
)
def test_replace_touched_refuses_what_it_cannot_use(
    study: Study, tmp_path: Path, usable: str, unusable: str, words: str
) -> None:
    project = copy_of_project(tmp_path)
    model = project / "models/marts/heart_rate_minute.sql"
    text = model.read_text()
    assert usable in text
    text = text.replace(usable, unusable)
    if "true or" in unusable:
        text = text.replace("touched.", "days.")
    model.write_text(text)

    with pytest.raises(AssertionError, match=words):
        study.dbt("run", "--select", "heart_rate_minute", project=project)


def test_dbt_run_builds_the_marts_where_no_seed_was_loaded(study: Study) -> None:
    study.query("delete from marts.participants")
    study.rebuild()
    built = study.marts()
    study.query("drop table marts.participants, marts.heart_rate_zones cascade")  # and a view
    study.rebuild()
    assert study.marts() == built
    study.stage(day_of(march(6)))
    study.dbt("run")
    assert study.marts() == built
