"""A Docker engine, the images and the stack for the tests that are marked `docker`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.engine import Engine, EngineUnavailable, find_or_start
from tests.docker.images import Images, make_images
from tests.docker.stack import Stack

KEPT = Path("/var/tmp/fitbit-heart-rate-docker")
"""Where an engine of our own keeps its images between two runs of the tests (about 3 GB)."""

NOT_WANTED = "the Docker tests were not asked for: make test-docker"


def pytest_configure(config: pytest.Config) -> None:
    """The marker of the tests that need a Docker engine."""
    config.addinivalue_line("markers", "docker: builds and runs the containers (make test-docker)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave them out of a plain run; they need minutes and, for an engine of our own, root."""
    if os.environ.get("RUN_DOCKER_TESTS") != "1":
        for item in items:
            if item.get_closest_marker("docker"):
                item.add_marker(pytest.mark.skip(reason=NOT_WANTED))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The machine's Docker engine, or one of our own."""
    try:
        found = find_or_start(KEPT)
    except EngineUnavailable as reason:
        pytest.skip(f"the Docker tests did not run: {reason}")
    try:
        if found.docker("ps", "--all", "--quiet", "--filter", "name=^fitbit-").stdout:
            pytest.skip("the Docker tests did not run: containers named fitbit-… exist here")
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="session")
def images(engine: Engine) -> Images:
    """The official images where they can be had, else stand-ins."""
    try:
        return make_images(engine)
    except EngineUnavailable as reason:
        pytest.skip(f"the Docker tests did not run: {reason}")


@pytest.fixture(scope="module")
def stack(
    engine: Engine, images: Images, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A copy of the project with an .env, taken down at the end; each module has a new one."""
    made = Stack(engine, images, tmp_path_factory.mktemp("project"))
    yield made
    made.remove()


@pytest.fixture(autouse=True)
def _show_the_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the containers said belongs to the report of a test that failed."""
    yield
    if request.node.get_closest_marker("docker") and "stack" in request.fixturenames:
        stack: Stack = request.getfixturevalue("stack")
        print(stack.compose("logs", "--no-color", "--tail", "60", check=False).stdout)  # noqa: T201
