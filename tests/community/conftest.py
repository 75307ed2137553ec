"""The fixtures of the other tests, here on a TimescaleDB with the community licence."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection

from scripts.embedded.programs import find_or_fetch
from tests.community.servers import URL_VARIABLE, CommunityServer, NpmServer, this_worker
from tests.node import install


@pytest.fixture(scope="session")
def cluster() -> CommunityServer:
    """The server of ``COMMUNITY_TIMESCALEDB_URL``, for `database`, `pipeline`, `module_pipeline`.

    Every test that uses one of these fixtures is skipped without the variable.
    """
    url = os.environ.get(URL_VARIABLE)
    if not url:
        pytest.skip(f"{URL_VARIABLE} is not set: the URL of a superuser on a community TimescaleDB")
    return CommunityServer(url, find_or_fetch(), this_worker())


@pytest.fixture(scope="session")
def npm_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """server.js in a folder with its packages; skips without Node."""
    return install(Path(__file__).with_name("server.js"), tmp_path_factory.mktemp("npm"))


@pytest.fixture(scope="module")
def npm_server(npm_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NpmServer]:
    """The server of the npm package, for the tests of one module; one connection at a time."""
    server = NpmServer(npm_program, tmp_path_factory.mktemp("npm_server") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def npm_session(npm_server: NpmServer) -> Iterator[Connection]:
    """The connection to it; drops the tables of schema public and the marts afterwards."""
    with npm_server.session() as session:
        yield session
        with session.cursor() as cursor:
            cursor.execute("drop table if exists heart_rate cascade")
