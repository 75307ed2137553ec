"""Runs over folders full of fixtures, each made once for all tests of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.embedded.cluster import Cluster
from tests.databases import TEMPLATE
from tests.formats import fixtures, nights
from tests.formats.loaded import Loaded
from tests.formats.readings import Expected
from tests.pipeline import Pipeline


@contextmanager
def run_over(
    cluster: Cluster,
    name: str,
    root: Path,
    dbt_target: Path,
    zone: str,
    writers: dict[str, Callable[[Path], Expected]],
) -> Iterator[Loaded]:
    """A database and a project of its own, the fixtures in its folder, and one run."""
    cluster.create_database(name, TEMPLATE)
    try:
        pipeline = Pipeline(root, cluster.loader_environment(name), dbt_target)
        pipeline.environment["FITBIT_TIMEZONE"] = zone
        expected = {key: write(pipeline.data) for key, write in writers.items()}
        yield Loaded(pipeline, pipeline.loader("ingest"), expected)
    finally:
        cluster.drop_database(name)


@pytest.fixture(scope="session")
def hazards(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """Every fixture that is no error, loaded in one run."""
    writers = {fixture.__name__: fixture for fixture in fixtures.HAZARDS}
    root = tmp_path_factory.mktemp("hazards")
    with run_over(cluster, "hazards", root, dbt_target, fixtures.ZONE.key, writers) as loaded:
        yield loaded


@pytest.fixture(scope="session", params=nights.NIGHTS)
def zone_nights(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    dbt_target: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """The autumn and the spring night of one zone in three formats, loaded in one run."""
    zone: str = request.param
    writers: dict[str, Callable[[Path], Expected]] = {
        "study": lambda folder: nights.write_fitabase(folder, zone),
        "answers": lambda folder: nights.write_intraday(folder, zone),
        "takeout": lambda folder: nights.write_takeout(folder, zone),
    }
    root = tmp_path_factory.mktemp("nights")
    with run_over(cluster, "zone_nights", root, dbt_target, zone, writers) as loaded:
        yield loaded
