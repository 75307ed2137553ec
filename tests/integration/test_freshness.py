"""`dbt source freshness` goes by the last run that ended well, and by the newest readings."""

import json
from pathlib import Path

import pytest

from tests.loaded_once import LoadedOnce, LoadOnce
from tests.pipeline import Pipeline, seconds

AGE = """
update ingest.runs
set started_at = now() - make_interval(hours => %s), ended_at = now() - make_interval(hours => %s)
"""


@pytest.fixture(scope="module")
def original(load_once: LoadOnce) -> LoadedOnce:
    def load(pipeline: Pipeline) -> None:
        pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
        pipeline.ingest()

    return load_once(load)


@pytest.fixture
def loaded(original: LoadedOnce, pipeline: Pipeline) -> Pipeline:
    """A project whose only run has just ended well."""
    return original.copy_to(pipeline)


def freshness(pipeline: Pipeline, source: str = "runs") -> tuple[int, str]:
    """dbt's exit code, and its word for a source in schema ingest."""
    done = pipeline.dbt("source", "freshness", "--select", f"source:ingest.{source}")
    text = (Path(pipeline.environment["DBT_TARGET_PATH"]) / "sources.json").read_text()
    ((name, status),) = [(one["unique_id"], one["status"]) for one in json.loads(text)["results"]]
    assert name == f"source.fitbit.ingest.{source}"
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


def test_without_a_selection_runs_and_readings_are_looked_at(loaded: Pipeline) -> None:
    assert loaded.dbt("source", "freshness").returncode == 1  # the readings are of 2024
    text = (Path(loaded.environment["DBT_TARGET_PATH"]) / "sources.json").read_text()
    found = {
        one["unique_id"].rpartition(".")[2]: one["status"] for one in json.loads(text)["results"]
    }
    assert found == {"runs": "pass", "participants": "error"}


def test_the_older_the_newest_readings_of_one_participant_the_worse(loaded: Pipeline) -> None:
    newest = "update ingest.participants set latest_timestamp = now() - make_interval(hours => %s)"
    other = "insert into ingest.participants select 'P2', now()"
    loaded.query(newest, (70,))
    loaded.query(other)
    assert freshness(loaded, "participants") == (0, "pass")
    loaded.query(f"{newest} where participant_id = 'me'", (74,))
    assert freshness(loaded, "participants") == (0, "warn")
    loaded.query(f"{newest} where participant_id = 'me'", (170,))
    assert freshness(loaded, "participants") == (1, "error")


def test_the_sample_and_who_has_ended_are_fresh(loaded: Pipeline) -> None:
    loaded.query("insert into ingest.participants select 'sample', now() - interval '9 days'")
    assert freshness(loaded, "participants") == (1, "error")
    loaded.query(
        "insert into marts.participants (participant_id, ended_on) select 'me', current_date - 1"
        " on conflict (participant_id) do update set ended_on = excluded.ended_on"
    )
    assert freshness(loaded, "participants") == (0, "pass")
    loaded.query("drop table marts.participants cascade")
    assert freshness(loaded, "participants") == (1, "error")
