"""A private TimescaleDB for the whole session, and a fresh database and project for each test."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from loader.configuration.variables import ENV_FILE, OWN_VARIABLES
from scripts.embedded.cluster import Cluster
from scripts.embedded.programs import find_or_fetch
from tests.databases import DATABASE, SHARED_DATABASE, TEMPLATE
from tests.loaded_once import Load, LoadedOnce, LoadOnce, loaded_once
from tests.pipeline import Pipeline, project_without_marts

pytest_plugins = ["tests.faults.terminal"]

HIDDEN = (
    *OWN_VARIABLES,
    "PG",
    "FITBIT_",
    "LOADER_",
    "DBT_",
    "EMBEDDED_DB_EXPORTED",
    "EMBEDDED_DB_DIR",
    # `make test` is a make itself; the makes that tests run must not take themselves for its own.
    "MAKE",
    "MFLAGS",
    "ARGS",
)
"""The variables, or how their names begin, that a developer may have and a test must not see."""


def pytest_configure() -> None:
    """No test, nor a fixture of any scope, sees the variables or the .env of a developer.

    Nor does a test of Hypothesis fail because the machine is busy.
    """
    hypothesis.settings.register_profile("without deadline", deadline=None)
    hypothesis.settings.load_profile("without deadline")
    for name in list(os.environ):
        if name.startswith(HIDDEN):
            del os.environ[name]
    os.environ[ENV_FILE] = os.devnull


def pytest_xdist_auto_num_workers() -> int:
    """More workers than processors: most tests wait at times for a lock, a timer or the disk.

    Two processors are busy with four workers, each of which needs up to 700 MB.
    """
    return (os.cpu_count() or 1) + 2


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what another test left."""
    for name in list(os.environ):
        if name.startswith(HIDDEN):
            monkeypatch.delenv(name)
    monkeypatch.setenv(ENV_FILE, os.devnull)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A command in the background ignores Ctrl-C, and so do the processes that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder that the server's account may enter, which pytest's own tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="fitbit-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(server_folder: Path) -> Iterator[Cluster]:
    """The server that every test shares; each has a database of its own in it.

    It is not safe against a crash of the machine; what tests crash are servers of their own.
    """
    quick = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    made = Cluster(server_folder / "cluster", find_or_fetch(), settings=quick)
    made.start()
    made.create_database(TEMPLATE)
    yield made
    made.remove()


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """A new database with TimescaleDB and the loader's rights in it."""
    name = DATABASE
    cluster.create_database(name, TEMPLATE)
    yield name
    cluster.drop_database(name)


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder for all, so that dbt parses the project once."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="session")
def without_marts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that lead to a project without marts."""
    return project_without_marts(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def module_pipeline(
    cluster: Cluster,
    dbt_target: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Pipeline]:
    """The whole project on a new database and empty folders, for the tests of one module.

    Always with the marts: without them, dbt would parse one more project.
    """
    cluster.create_database(SHARED_DATABASE, TEMPLATE)
    folder = tmp_path_factory.mktemp("module")
    made = Pipeline(folder, cluster.loader_environment(SHARED_DATABASE), dbt_target)
    if request.node.get_closest_marker("artefacts"):
        made.write_artefacts()
    yield made
    cluster.drop_database(SHARED_DATABASE)


@pytest.fixture(scope="module")
def load_once(
    cluster: Cluster,
    dbt_target: Path,
    without_marts: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[LoadOnce]:
    """Loads a database of which the tests of a module get copies.

    Without the marts if the module has the mark ``without_marts``.
    """
    is_small = request.node.get_closest_marker("without_marts")
    with ExitStack() as loaded:

        def load_once(load: Load) -> LoadedOnce:
            folder = tmp_path_factory.mktemp("loaded_once")
            environment = without_marts if is_small else {}
            return loaded.enter_context(loaded_once(cluster, dbt_target, folder, load, environment))

        yield load_once


@pytest.fixture
def pipeline(
    cluster: Cluster,
    database: str,
    dbt_target: Path,
    without_marts: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Pipeline:
    """The whole project on a new database and empty folders, in this process's environment.

    Without the marts in a test that has the mark ``without_marts``; dbt writes its JSON files in
    one that has the mark ``artefacts``.
    """
    made = Pipeline(tmp_path, cluster.loader_environment(database), dbt_target)
    if request.node.get_closest_marker("artefacts"):
        made.write_artefacts()
    if request.node.get_closest_marker("without_marts"):
        made.environment |= without_marts
    made.use(monkeypatch)
    return made
