"""A project that is loaded once, and copies of it for tests that change it.

Copying a database takes a tenth of a second, loading it several.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.embedded.cluster import Cluster
from tests.databases import SHARED_DATABASE, TEMPLATE
from tests.pipeline import Pipeline


@dataclass(frozen=True)
class LoadedOnce:
    """A database with readings, and the folder of what was made from it.

    Attributes:
        database: its name; nobody has a session in it, so that it can be copied.
        folder: the folder in which the pipeline has its own, and in which tests find other files.
    """

    cluster: Cluster
    database: str
    folder: Path

    def copy_to(self, pipeline: Pipeline) -> None:
        """Replace the pipeline's database, which is new, with a copy. Its folders stay empty."""
        name = pipeline.environment["PGDATABASE"]
        self.cluster.drop_database(name)
        self.cluster.create_database(name, self.database)


@contextmanager
def loading(
    cluster: Cluster, dbt_target: Path, folder: Path, database: str, **environment: str
) -> Iterator[tuple[Pipeline, LoadedOnce]]:
    """A pipeline on a new database, in this process's environment, and what it will have loaded.

    The database has the name of a shared one until the end: dbt would parse the project again for
    another name.

    Args:
        folder: where the pipeline makes its own folders.
        database: the name that the loaded database gets at the end.
        environment: more variables.
    """
    cluster.create_database(SHARED_DATABASE, TEMPLATE)
    try:
        pipeline = Pipeline(folder, cluster.loader_environment(SHARED_DATABASE), dbt_target)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (pipeline.environment | environment).items():
                patch.setenv(name, value)
            yield pipeline, LoadedOnce(cluster, database, folder)
        cluster.create_database(database, SHARED_DATABASE)
    finally:
        cluster.drop_database(SHARED_DATABASE)
