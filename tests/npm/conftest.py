"""The server of the npm package."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node import install
from tests.npm.server import NpmServer


@pytest.fixture(scope="module")
def npm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NpmServer]:
    """An empty database with TimescaleDB; skips without Node."""
    program = install(Path(__file__).with_name("server.js"), tmp_path_factory.mktemp("npm"))
    server = NpmServer(program, tmp_path_factory.mktemp("npm_server") / "data")
    server.start()
    yield server
    server.stop()
