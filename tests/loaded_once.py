"""A project that is loaded once, and copies of it for tests that change it.

A copy is made in a tenth of a second; loading takes several.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.embedded.cluster import Cluster
from tests.databases import DATABASE, TEMPLATE
from tests.pipeline import Pipeline


@dataclass(frozen=True)
class LoadedOnce:
    """A loaded database, in which there are no sessions, and its pipeline's folders in ``folder``.

    The database is called as the folder is.
    """

    cluster: Cluster
    folder: Path

    def copy_to(self, pipeline: Pipeline) -> Pipeline:
        """Give a new pipeline a copy of the database, the data files and the state."""
        name = pipeline.environment["PGDATABASE"]
        self.cluster.drop_database(name)
        self.cluster.create_database(name, self.folder.name)
        # The ledger knows the folder's name, but not its copy's.
        pipeline.query("update ingest.runs set data_dir = %s", [str(pipeline.data)])
        shutil.copytree(self.folder / "data", pipeline.data, dirs_exist_ok=True)
        state = self.folder / "state"
        if state.exists():
            shutil.copytree(state, pipeline.state_file.parent)
        return pipeline


Load = Callable[[Pipeline], object]
"""What fills the database of a pipeline, in whose environment this process is."""

LoadOnce = Callable[[Load], LoadedOnce]


@contextmanager
def loaded_once(
    cluster: Cluster,
    dbt_target: Path,
    folder: Path,
    load: Load,
    environment: Mapping[str, str] | None = None,
) -> Iterator[LoadedOnce]:
    """A database that ``load`` fills, for a fixture of a module or of the session.

    ``load`` runs in a database with the name of the copies: dbt would parse the project again for
    another name. pytest makes such fixtures before those of a test, so the name is free.

    Args:
        folder: a new, empty one; its name becomes the database's.
        environment: variables besides the pipeline's own.
    """
    cluster.create_database(DATABASE, TEMPLATE)
    try:
        pipeline = Pipeline(folder, cluster.loader_environment(DATABASE), dbt_target)
        pipeline.environment |= environment or {}
        with pytest.MonkeyPatch.context() as patch:
            pipeline.use(patch)
            load(pipeline)
        cluster.create_database(folder.name, DATABASE)
    finally:
        cluster.drop_database(DATABASE)
    try:
        yield LoadedOnce(cluster, folder)
    finally:
        cluster.drop_database(folder.name)
