"""`dbt source freshness` goes by the last run that ended well, whatever came after it."""

import json
from pathlib import Path

import pytest

from tests.pipeline import Pipeline, seconds

AGE = """
update ingest.runs
set started_at = now() - make_interval(hours => %s), ended_at = now() - make_interval(hours => %s)
"""


@pytest.fixture
def loaded(pipeline: Pipeline) -> Pipeline:
    """A project whose only run has just ended well."""
    pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
    pipeline.ingest()
    return pipeline


def freshness(pipeline: Pipeline) -> tuple[int, str]:
    """dbt's exit code, and its word for the source `ingest.runs`."""
    done = pipeline.dbt("source", "freshness")
    text = (Path(pipeline.environment["DBT_TARGET_PATH"]) / "sources.json").read_text()
    ((name, status),) = [(one["unique_id"], one["status"]) for one in json.loads(text)["results"]]
    assert name == "source.fitbit.ingest.runs"
    return done.returncode, status


def test_the_older_the_last_ok_run_the_worse(loaded: Pipeline) -> None:
    assert freshness(loaded) == (0, "pass")
    loaded.query(AGE, (40, 40))
    assert freshness(loaded) == (0, "warn")
    loaded.query(AGE, (80, 80))
    assert freshness(loaded) == (1, "error")
    assert loaded.ingest().counts.read == 0
    assert freshness(loaded) == (0, "pass")  # nothing new is well, too


def test_a_run_that_did_not_end_well_is_no_fresh_data(loaded: Pipeline) -> None:
    loaded.query(AGE, (80, 80))
    (loaded.data / "cut.json").write_text('[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{')
    assert loaded.loader("ingest").returncode != 0
    (outcome,) = loaded.query("select outcome from ingest.runs order by run_id desc limit 1")[0]
    assert outcome == "failed"
    assert freshness(loaded) == (1, "error")
