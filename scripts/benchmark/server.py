"""The benchmark's own server and its databases."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.sql import Composable

from scripts.benchmark.process import Finished, run
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn
from scripts.embedded.programs import find_or_fetch


class Server:
    """An embedded TimescaleDB with its default settings, in a temporary folder."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @contextmanager
    def database(self, name: str) -> Iterator["Database"]:
        """A new database, created after a checkpoint."""
        self._cluster.drop_database(name)
        self._cluster.create_database(name)
        database = Database(self._cluster, name)
        database.settle()
        yield database
        self._cluster.drop_database(name)


class Database:
    """One database of the server."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self._cluster = cluster
        self._superuser = cluster.superuser_environment(name)
        self.environment = cluster.loader_environment(name)

    def settle(self) -> None:
        """Finish the background work of earlier steps, so that it isn't charged to the next one.

        Autovacuum starts up to a minute after a load and keeps a core busy for longer than that.
        """
        self._query(self._superuser, "vacuum (analyze)")
        self._query(self._superuser, "checkpoint")

    def query(self, sql: str | Composable, values: Sequence[object] = ()) -> list[Any]:
        """The rows of a query, run as the loader's role."""
        return self._query(self.environment, sql, values)

    def psql(self, script: str, folder: Path) -> Finished:
        """Time one psql that runs ``script`` in ``folder``; naive timestamps are in UTC."""
        psql = str(self._cluster.programs.path("psql"))
        command = [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
        return run(command, {**self.environment, "PGTZ": "UTC"}, folder, stdin=script)

    @staticmethod
    def _query(
        environment: dict[str, str], sql: str | Composable, values: Sequence[object] = ()
    ) -> list[Any]:
        session = psycopg2.connect(dsn(environment), options="-c timezone=UTC")
        with closing(session):
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []


@contextmanager
def start_server() -> Iterator[tuple[Server, Path]]:
    """A running server and a folder for files; both are temporary."""
    # Below /var/tmp, which is on a disk and accessible to the server's account.
    folder = Path(tempfile.mkdtemp(prefix="fitbit-benchmark-", dir="/var/tmp"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "cluster", find_or_fetch())
    try:
        cluster.start()
        yield Server(cluster), folder
    finally:
        cluster.remove()
        shutil.rmtree(folder)
