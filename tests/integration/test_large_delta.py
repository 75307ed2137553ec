"""A delta too large to be compared one by one: its data test counts, and finds one missing."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.marts.study import Study
from tests.pipeline import Pipeline

READINGS = 260_000
"""Of each person; heart_rate_holds_what_is_staged counts above 250,000."""


@pytest.mark.parametrize("people", [["o'me"], ["P001", "P002"]], ids=["one person", "two people"])
def test_a_reading_missing_from_a_large_delta_is_found(
    pipeline: Pipeline, people: Sequence[str]
) -> None:
    study = Study(pipeline)
    stage(study, people)
    study.dbt("run", "--select", "stg_heart_rate", "heart_rate")
    assert study.query("select count(*) from heart_rate") == [(len(people) * READINGS,)]
    somebody_elses = "insert into heart_rate select 'X', timestamp, value from heart_rate limit 5"
    study.query(somebody_elses)
    study.query(
        "delete from heart_rate where participant_id = %s and timestamp = '2024-01-02'", people[-1:]
    )

    done = pipeline.dbt("test", "--select", "heart_rate_holds_what_is_staged")

    assert done.returncode != 0
    target = Path(pipeline.environment["DBT_TARGET_PATH"])
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    (result,) = (result for result in results if result["unique_id"].startswith("test."))
    assert (result["status"], result["failures"]) == ("fail", 1)


def stage(study: Study, people: Sequence[str]) -> None:
    """Stage a reading each second from 2024 on of each person."""
    study.stage([])
    study.query(
        """
        insert into staging.heart_rate
        select person, timestamptz '2024-01-01Z' + number * interval '1 s', 60.5
        from unnest(%s) as person, generate_series(0, %s - 1) as number
        """,
        (list(people), READINGS),
    )
    study.record_what_is_staged()
