"""What a server with compressed chunks is refused for."""

import pytest

from loader.database.compressed_chunks import refuse
from loader.errors import DatabaseError


@pytest.mark.parametrize("version", ["2.20.0", "2.23.0-dev", "2.29.2", "3.0.0"])
def test_what_this_server_reads_and_restores_is_no_fault(version: str) -> None:
    refuse("timescale", version, "public.heart_rate")


@pytest.mark.parametrize("version", ["2.9.3", "2.19.3", "1.99.0"])
def test_a_version_that_could_not_restore_its_dumps_is_named(version: str) -> None:
    with pytest.raises(DatabaseError, match=f"public.heart_rate .* TimescaleDB {version} .* 2.20"):
        refuse("timescale", version, "public.heart_rate")


def test_the_licence_apache_is_refused_whatever_the_version() -> None:
    with pytest.raises(DatabaseError, match=r"public.heart_rate .* licence apache"):
        refuse("apache", "2.29.2", "public.heart_rate")


def test_without_compressed_chunks_every_server_is_good() -> None:
    refuse("apache", "2.19.3", None)
    refuse("timescale", "2.19.3", None)
