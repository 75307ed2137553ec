"""Every time zone that is accepted has the same offset in Python and in the server."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import psycopg2

from loader.configuration.time_zones import zone_fault
from scripts.embedded.cluster import Cluster
from scripts.embedded.connection import dsn

OFFSETS = """
select
    name,
    extract(epoch from '2024-01-15 12:00'::timestamp at time zone name)::bigint,
    extract(epoch from '2024-07-15 12:00'::timestamp at time zone name)::bigint
from unnest(%s) as zones (name)
"""


def test_python_and_the_server_read_every_accepted_zone_alike(cluster: Cluster) -> None:
    accepted = sorted(name for name in available_timezones() if zone_fault(name) is None)
    assert len(accepted) > 400
    session = psycopg2.connect(dsn(cluster.superuser_environment()))
    try:
        with session.cursor() as cursor:
            cursor.execute(OFFSETS, (accepted,))
            found = cursor.fetchall()
            # The server's own trap: an abbreviation comes before a zone of that name.
            cursor.execute(OFFSETS, (["CET"],))
            ((_, winter, summer),) = cursor.fetchall()
    finally:
        session.close()
    assert found == [(name, noon(name, 1), noon(name, 7)) for name in accepted]
    assert (winter, summer) != (noon("CET", 1), noon("CET", 7))


def noon(zone: str, month: int) -> int:
    """12:00 on the 15th by that zone's clock, as seconds since 1970."""
    there = datetime(2024, month, 15, 12, tzinfo=ZoneInfo(zone))
    return int(there.astimezone(UTC).timestamp())
