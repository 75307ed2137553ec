"""Every column of the hour, day, yield and sensitivity marts equals an independent computation."""

from collections import defaultdict
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from psycopg2.extras import RealDictCursor

from loader.database.session import connect
from tests.marts import independent
from tests.marts.independent import MAXIMUM, RESERVE, Row
from tests.marts.ledger import record_devices, record_limits
from tests.marts.study import Person, Reading, Study
from tests.marts.wearers import LIMITS, PEOPLE, day_with_workout, device_of, readings
from tests.pipeline import Pipeline

TO_A_MILLIONTH = ("sd_bpm", "mesor_bpm", "amplitude_bpm", "acrophase_hours", "cosinor_r2")
"""Columns from sums of squares, for which the database rounds a minute's mean to a millionth.
The limits of the zones are rounded, too."""

Rows = dict[tuple[Any, ...], Row]


def stored(pipeline: Pipeline, mart: str, *key: str) -> Rows:
    """The rows of a mart by their key, without it."""
    with (
        connect(pipeline.environment, "test") as session,
        session.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        cursor.execute(f"select * from marts.{mart}")
        return {tuple(row.pop(name) for name in key): dict(row) for row in cursor.fetchall()}


def by_person() -> dict[str, list[Reading]]:
    whose = defaultdict(list)
    for reading in readings():
        whose[reading.participant].append(reading)
    return whose


def compare(found: Rows, expected: Rows) -> None:
    """Every row and column: floats to a billionth, everything else exactly."""
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert found[key].keys() == row.keys()
        for name, value in row.items():
            accuracy = 2e-6 if name in TO_A_MILLIONTH or name.endswith("_from_bpm") else 1e-9
            if isinstance(value, float):
                value = pytest.approx(value, rel=accuracy, abs=accuracy)
            assert found[key][name] == value, (*key, name)


@pytest.fixture
def study(pipeline: Pipeline) -> Study:
    """The wearers' readings, which arrived in two runs that both touch every day."""
    made = Study(pipeline, PEOPLE)
    record_limits(pipeline)
    record_devices(pipeline, readings())
    chance = Random(1)
    first: list[Reading] = []
    second: list[Reading] = []
    for reading in readings():
        (first if chance.random() < 0.7 else second).append(reading)
    made.run(first)
    made.run(second)
    return made


def test_every_column(pipeline: Pipeline, study: Study) -> None:
    hours: Rows = {}
    days: Rows = {}
    yields: Rows = {}
    sensitivity: Rows = {}
    people = {person.participant: person for person in PEOPLE}
    for who, whose in by_person().items():
        hours |= {(who, hour): row for hour, row in independent.hours_of(whose).items()}
        of_days = independent.day_rows(whose, people[who], own=LIMITS, device_of=device_of)
        days |= {(who, day): row for day, row in of_days.items()}
        of_person = independent.yield_rows(whose, people[who])
        yields |= {(who, day): row for day, row in of_person.items()}
        of_criterion = independent.sensitivity_rows(of_person)
        sensitivity |= {(who, *key): row for key, row in of_criterion.items()}

    compare(stored(pipeline, "heart_rate_hour", "participant_id", "hour"), hours)
    compare(stored(pipeline, "heart_rate_day", "participant_id", "day"), days)
    compare(stored(pipeline, "heart_rate_yield", "participant_id", "day"), yields)
    key = ("participant_id", "criterion", "hours")
    compare(stored(pipeline, "heart_rate_sensitivity", *key), sensitivity)

    sources = {row["zone_source"] for row in days.values()}
    assert sources == {"own limits", "estimate by reserve", None}
    assert {row["devices"] for row in days.values()} == {1, 2, None}
    incremental = study.marts()
    study.rebuild()
    assert study.marts() == incremental

    study.dbt("run", "--full-refresh", "--select", "tag:daily", "--vars", "{zone_rule: maximum}")
    by_maximum = stored(pipeline, "heart_rate_day", "participant_id", "day")
    for who, whose in by_person().items():
        for day, row in independent.day_rows(whose, people[who], MAXIMUM).items():
            zones = {
                name: value for name, value in row.items() if "zone" in name or "_from" in name
            }
            assert {name: by_maximum[who, day][name] for name in zones} == zones


def test_days_since_a_reading_before_the_enrolment(pipeline: Pipeline) -> None:
    person = Person("me", "UTC", enrolled_on=date(2024, 3, 6))
    whose = [Reading("me", datetime(2024, 3, day, 12, tzinfo=UTC), 60.0) for day in (4, 8)]
    Study(pipeline, [person]).run(whose)

    expected = {("me", day): row for day, row in independent.yield_rows(whose, person).items()}
    assert expected["me", date(2024, 3, 6)]["days_since_last_reading"] == 2
    compare(stored(pipeline, "heart_rate_yield", "participant_id", "day"), expected)


@pytest.mark.parametrize("step", [5, 10, 15])
def test_a_mean_of_minutes_is_not_biased_by_the_workout(step: int) -> None:
    """A minute in which the device writes every second weighs as much as any other."""
    day = datetime(2024, 3, 4, tzinfo=UTC)
    readings_of_day = day_with_workout("me", day, step, seed=step)
    (row,) = independent.day_rows(readings_of_day, PEOPLE[0], RESERVE).values()
    reference = independent.mean_over_time(readings_of_day)
    by_readings, by_minutes = float(str(row["mean_of_readings_bpm"])), float(str(row["mean_bpm"]))
    assert by_readings - reference > 9
    assert abs(by_minutes - reference) < 0.2
