"""How Postgres builds marts of a long history: what it does per gap or for all minutes at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.marts.study import Study
from tests.pipeline import Pipeline

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 10
PEOPLE = ("P001", "P002")
GAP = "marts/heart_rate_gap"
STATISTICS = "intermediate/int_heart_rate_day_statistics"


@pytest.fixture
def study(pipeline: Pipeline) -> Study:
    """Of two people a reading every twenty minutes for ten weeks: each is followed by a gap."""
    made = Study(pipeline)
    stage(made, START, START + timedelta(weeks=WEEKS), timedelta(minutes=20))
    made.build()
    return made


def test_a_first_build_looks_into_heart_rate_once_for_many_gaps(
    study: Study, pipeline: Pipeline
) -> None:
    gaps = count(study, "marts.heart_rate_gap")
    assert gaps == count(study, "heart_rate") - len(PEOPLE) > 10_000

    nodes = plan(study, pipeline, GAP)

    assert rows_of(nodes[0]) == gaps
    assert not any(node.get("Parent Relationship") == "SubPlan" for node in nodes)
    assert looks(study, nodes) < gaps / 100


def test_a_night_looks_into_the_chunks_of_its_gaps_only(study: Study, pipeline: Pipeline) -> None:
    day = START + timedelta(weeks=WEEKS)
    stage(study, day, day + timedelta(days=1), timedelta(minutes=20))
    study.build()

    nodes = plan(study, pipeline, GAP)

    assert looks(study, nodes) <= 2 * len(PEOPLE)
    assert len({node["Relation Name"] for node in scans(study, nodes)}) <= 2
    # What the day has, and the reading before it.
    assert sum(map(rows_of, scans(study, nodes))) <= len(PEOPLE) * (72 + 1)


def test_a_worn_day_between_two_gaps_is_not_read(pipeline: Pipeline) -> None:
    study = Study(pipeline)
    stage(study, START, START + timedelta(days=3), timedelta(seconds=10))
    study.query("delete from staging.heart_rate where extract(hour from timestamp) in (3, 15)")
    study.query("truncate staging.touched_days")
    study.record_what_is_staged()
    study.build()
    assert count(study, "marts.heart_rate_gap") == 6 * len(PEOPLE)

    read = sum(map(rows_of, scans(study, plan(study, pipeline, GAP))))

    # Eleven hours lie between two gaps, more than the 300 covered minutes of a stretch.
    assert read < count(study, "heart_rate") / 100


def test_minutes_are_sorted_a_day_at_a_time(study: Study, pipeline: Pipeline) -> None:
    nodes = plan(study, pipeline, STATISTICS)
    sorts = [node for node in nodes if node["Node Type"] == "Sort"]
    assert all(rows_of(node) < count(study, "marts.heart_rate_minute") / 2 for node in sorts)


def stage(study: Study, start: datetime, end: datetime, step: timedelta) -> None:
    """Stage a reading of each person every ``step`` from ``start`` to ``end``."""
    study.stage([])
    study.query(
        """
        insert into staging.heart_rate
        select person, instant, 60.5
        from unnest(%s) as person, generate_series(%s, %s - %s, %s) as instant
        """,
        (list(PEOPLE), start, end, step, step),
    )
    study.record_what_is_staged()


def plan(study: Study, pipeline: Pipeline, model: str) -> list[Any]:
    """The nodes of the plan of what dbt last built a model with, the topmost one first."""
    compiled = Path(pipeline.environment["DBT_TARGET_PATH"]) / "compiled/fitbit/models"
    query = (compiled / f"{model}.sql").read_text(encoding="utf-8")
    (((plans,),),) = study.query(f"explain (analyze, timing off, format json) {query}")
    return list(flat(plans["Plan"]))


def flat(node: Any) -> Iterator[Any]:
    """A node of a plan and all below it."""
    yield node
    for child in node.get("Plans", []):
        yield from flat(child)


def rows_of(node: Any) -> int:
    """How many rows left the node in all."""
    return int(node["Actual Rows"] * node["Actual Loops"])


def looks(study: Study, nodes: list[Any]) -> int:
    """How often the chunks of heart_rate were gone through."""
    chunks = chunk_names(study)
    return int(
        sum(
            node["Actual Loops"]
            for node in nodes
            if chunks & {child.get("Relation Name") for child in node.get("Plans", [])}
        )
    )


def scans(study: Study, nodes: list[Any]) -> list[Any]:
    """The chunks of heart_rate that were read."""
    chunks = chunk_names(study)
    return [
        node for node in nodes if node.get("Relation Name") in chunks and node["Actual Loops"] > 0
    ]


def chunk_names(study: Study) -> set[str]:
    """The chunks of heart_rate."""
    return {
        name
        for (name,) in study.query(
            "select chunk_name::text from timescaledb_information.chunks"
            " where hypertable_name = 'heart_rate'"
        )
    }


def count(study: Study, relation: str) -> int:
    """How many rows a relation has."""
    return int(study.query(f"select count(*) from {relation}")[0][0])
