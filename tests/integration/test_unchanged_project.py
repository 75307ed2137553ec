"""A night leaves out seeds and views while the project is the one of the run before."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline import Pipeline, changed_project, seconds

pytestmark = pytest.mark.artefacts

SEEDS_AND_VIEWS = {
    "participants",
    "heart_rate_zones",
    "stg_heart_rate",
    "heart_rate_yield",
    "heart_rate_sensitivity",
}
TESTS_OF_SEEDS = {"participants_are_plausible", "zones_are_plausible"}
FIRST = seconds("2024-01-01 08:00:00", [60.0, 61.0])


def built(pipeline: Pipeline, kinds: Sequence[str] = ("model", "seed")) -> set[str]:
    """The models and seeds, or other ``kinds`` of nodes, that the last run of dbt ran."""
    target = Path(pipeline.environment["DBT_TARGET_PATH"])
    results: dict[str, Any] = json.loads((target / "run_results.json").read_text())
    ids = (result["unique_id"].split(".") for result in results["results"])
    return {name for kind, _, name, *_ in ids if kind in kinds}


def night(pipeline: Pipeline, day: int, **environment: str) -> set[str]:
    """Load one more day; returns what was built."""
    pipeline.append(seconds(f"2024-02-{day:02} 08:00:00", [60.0, 61.0]))
    done = pipeline.loader("ingest", **environment)
    assert done.returncode == 0, done.stderr
    return built(pipeline)


def test_only_what_depends_on_the_readings_is_built(pipeline: Pipeline) -> None:
    pipeline.write(FIRST)
    assert pipeline.loader("ingest").returncode == 0
    everything = built(pipeline)
    tests = built(pipeline, ["test"])
    assert everything > SEEDS_AND_VIEWS
    assert tests > TESTS_OF_SEEDS
    assert night(pipeline, 1) == everything - SEEDS_AND_VIEWS
    # A test that reads one of them and other models runs.
    assert built(pipeline, ["test"]) == tests - TESTS_OF_SEEDS
    days = "select count(*) from marts.heart_rate_yield where minutes_covered > 0"
    assert pipeline.query(days) == [(2,)]


@pytest.mark.parametrize(
    "lost", ["view marts.heart_rate_sensitivity", "table marts.heart_rate_zones"]
)
def test_what_is_missing_is_built(pipeline: Pipeline, lost: str) -> None:
    pipeline.write(FIRST)
    assert pipeline.loader("ingest").returncode == 0
    pipeline.query(f"drop {lost}")
    assert night(pipeline, 1) > SEEDS_AND_VIEWS


def test_a_changed_seed_is_built_and_so_is_the_earlier_one_again(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    pipeline.write(FIRST)
    assert pipeline.loader("ingest").returncode == 0
    other = changed_project(tmp_path, "seeds/participants.csv", "me,,", "me,,1985")
    target = {"DBT_TARGET_PATH": pipeline.environment["DBT_TARGET_PATH"]}
    assert night(pipeline, 1, **(other | target)) > SEEDS_AND_VIEWS
    born = "select birth_year from marts.participants where participant_id = 'me'"
    assert pipeline.query(born) == [(1985,)]

    # By hand the other project's seed, and then a run with the first project.
    assert night(pipeline, 2) > SEEDS_AND_VIEWS
    done = pipeline.dbt("seed", "--project-dir", other["DBT_PROJECT_DIR"])
    assert done.returncode == 0, done.stdout
    assert pipeline.query(born) == [(1985,)]
    assert night(pipeline, 3) > SEEDS_AND_VIEWS
    assert pipeline.query(born) == [(None,)]


def test_a_forgotten_participants_row_of_the_seed_is_loaded_again(pipeline: Pipeline) -> None:
    pipeline.write(FIRST)
    theirs = pipeline.write(FIRST, name="participant_id=sample/hr.csv")
    assert pipeline.loader("ingest").returncode == 0
    born = "select birth_year from marts.participants where participant_id = 'sample'"
    assert pipeline.query(born) == [(1985,)]

    theirs.unlink()
    done = pipeline.loader("forget", "sample", "--yes")
    assert done.returncode == 0, done.stderr
    assert pipeline.query(born) == []
    assert night(pipeline, 1) > SEEDS_AND_VIEWS
    assert pipeline.query(born) == [(1985,)]
