"""Refuse compressed chunks that this server can't read, or can't restore from its own dump."""

import re

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.errors import DatabaseError
from loader.sql import statement

RESTORABLE = (2, 20)
"""The first version that restores a dump of a compressed chunk whose confidence is always null
(TimescaleDB's issue 8153)."""


def refuse_compressed_chunks(session: Connection) -> None:
    """Stop every command before it takes compressed readings for missing ones.

    Under the licence apache, TimescaleDB 2.19 reads compressed chunks as empty, without an error: a
    run would load their readings again, a report would leave them out. Later versions refuse each
    query.

    Raises:
        DatabaseError: the licence is apache, or TimescaleDB is older than 2.20.
    """
    if not query.value(session, statement("database/has_catalog")):
        return
    found = query.row(session, statement("database/compressed_chunks"))
    if found is not None:
        refuse(*found)


def refuse(licence: str, version: str, compressed: str | None) -> None:
    """Refuse what ``compressed_chunks.sql`` found.

    Raises:
        DatabaseError: there are compressed chunks, and the licence is apache or the version old.
    """
    if compressed is None:
        return
    if licence == "apache":
        raise DatabaseError(
            f"{compressed} has compressed chunks, which TimescaleDB can't read under its licence "
            "apache",
            "use the server that compressed them, or one with timescaledb.license = 'timescale'",
        )
    if not restores_compressed_chunks(version):
        raise DatabaseError(
            f"{compressed} has compressed chunks, and TimescaleDB {version} could not restore a "
            "backup of them",
            "upgrade TimescaleDB to 2.20 or later (docs/upgrade.md)",
        )


def restores_compressed_chunks(version: str) -> bool:
    """Whether a version of TimescaleDB can restore its dumps of every compressed chunk."""
    return tuple(map(int, re.findall(r"\d+", version)[:2])) >= RESTORABLE
