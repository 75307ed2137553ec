"""The servers and projects that faults are inflicted on; the long version only when asked for."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from scripts.embedded.cluster import Cluster
from scripts.embedded.programs import find_or_fetch
from tests.databases import DATABASE
from tests.faults.trial import Situation, copy_folders, history_before
from tests.pipeline import Pipeline

TRIAL = DATABASE
"""The database of the trial that goes on, which drops it when it is over."""

LOADED = "loaded"
"""The database that the trials get copies of."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "faults" in config.getoption("-m"):
        return
    long = [item for item in items if item.get_closest_marker("faults")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def breakable_cluster(server_folder: Path) -> Iterator[Cluster]:
    """A server that may be killed."""
    made = Cluster(server_folder / "breakable", find_or_fetch())
    made.start()
    yield made
    made.remove()


class Stages:
    """Makes pipelines on a server, new or as after a first load; one at a time."""

    def __init__(self, cluster: Cluster, folder: Path, dbt_target: Path) -> None:
        self.cluster = cluster
        self._folder = folder
        self._dbt_target = dbt_target
        self._loaded: Pipeline | None = None
        self._numbers = count(1)

    def make(self, situation: Situation) -> Pipeline:
        if situation is Situation.FIRST_LOAD:
            return self._pipeline(TRIAL, "template1")
        if self._loaded is None:
            # With the name of the trials: dbt would parse the project again for another name.
            self._loaded = self._pipeline(TRIAL, "template1")
            self._loaded.write(history_before())
            loaded = self._loaded.loader("ingest")
            assert loaded.returncode == 0, loaded.stderr
            self.cluster.create_database(LOADED, TRIAL)
            self.cluster.drop_database(TRIAL)
        made = self._pipeline(TRIAL, LOADED)
        copy_folders(self._loaded, made)
        # The copy of the database has folders of its own.
        made.query("update ingest.runs set data_dir = %s", [str(made.data)])
        return made

    def _pipeline(self, name: str, template: str) -> Pipeline:
        self.cluster.create_database(name, template)
        folder = self._folder / f"{name}_{next(self._numbers)}"
        folder.mkdir()
        return Pipeline(folder, self.cluster.loader_environment(name), self._dbt_target)


@pytest.fixture(scope="session")
def stages(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, dbt_target: Path) -> Stages:
    return Stages(cluster, tmp_path_factory.mktemp("faults"), dbt_target)


@pytest.fixture(scope="session")
def breakable_stages(
    breakable_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Stages:
    folder = tmp_path_factory.mktemp("broken")
    return Stages(breakable_cluster, folder, folder / "target")
