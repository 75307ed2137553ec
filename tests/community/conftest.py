"""The fixtures of the other tests, here on a TimescaleDB with the community licence."""

import os

import pytest

from scripts.embedded.programs import find_or_fetch
from tests.community.servers import URL_VARIABLE, CommunityServer, this_worker


@pytest.fixture(scope="session")
def cluster() -> CommunityServer:
    """The server of ``COMMUNITY_TIMESCALEDB_URL``, for `database`, `pipeline`, `module_pipeline`.

    Every test that uses one of these fixtures is skipped without the variable.
    """
    url = os.environ.get(URL_VARIABLE)
    if not url:
        pytest.skip(f"{URL_VARIABLE} is not set: the URL of a superuser on a community TimescaleDB")
    return CommunityServer(url, find_or_fetch(), this_worker())
