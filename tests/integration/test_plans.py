"""How Postgres goes about what reads a whole table: it knows its size, and sorts no readings."""

from collections.abc import Iterator
from typing import Any

import pytest

from loader.sql import statement
from tests.integration.test_large_delta import READINGS, stage
from tests.marts.study import Study
from tests.pipeline import Pipeline

DAY = 86_400


@pytest.fixture
def built(pipeline: Pipeline) -> Study:
    """heart_rate as a first build leaves it: of two people a reading each second of three days."""
    study = Study(pipeline)
    stage(study, ["P001", "P002"])
    study.dbt("run", "--select", "stg_heart_rate", "heart_rate")
    return study


def test_a_first_build_tells_the_marts_how_many_readings_a_day_has(built: Study) -> None:
    plan = explain(
        built,
        "explain (format json) select value from heart_rate where participant_id = 'P001'"
        " and timestamp >= '2024-01-02Z' and timestamp < '2024-01-03Z'",
    )
    assert DAY / 2 < plan["Plan Rows"] < DAY * 2


@pytest.mark.parametrize("vacuumed", [False, True], ids=["just built", "vacuumed"])
def test_checksums_of_every_day_sort_no_readings(built: Study, *, vacuumed: bool) -> None:
    if vacuumed:
        built.query("vacuum (analyze) heart_rate")
    days = statement("ledger/table_days").format(reading_hash=statement("ledger/reading_hash"))
    ever = {"start": "'-infinity'", "end": "'infinity'"}
    plan = explain(built, "explain (analyze, timing off, format json) " + days % ever)
    nodes = list(flat(plan))
    assert sum(rows_of(node) for node in nodes if "Scan" in node["Node Type"]) >= 2 * READINGS
    sorting = [node for node in nodes if node["Node Type"] in ("Sort", "Merge Append")]
    assert all(rows_of(node) < 100 for node in sorting)
    # Days and not readings are what is expected to come out.
    assert plan["Plan Rows"] < 1000


def explain(study: Study, query: str) -> Any:
    """The topmost node of a query's plan."""
    (((plan,),),) = study.query(query)
    return plan["Plan"]


def flat(node: Any) -> Iterator[Any]:
    """A node of a plan and all below it."""
    yield node
    for child in node.get("Plans", []):
        yield from flat(child)


def rows_of(node: Any) -> int:
    """How many rows left the node in all."""
    return int(node["Actual Rows"] * node["Actual Loops"])
