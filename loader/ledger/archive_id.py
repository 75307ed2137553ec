"""Whose ledger a database is: that of ``heart_rate``, or that of a Parquet archive."""

import os

from psycopg2.extensions import connection as Connection

from loader.configuration.stored_in import StoredIn
from loader.database import query
from loader.errors import StoreRefusedError
from loader.sql import statement


def archive_id(session: Connection) -> str | None:
    """The id of the archive whose ledger this database is; None if there is none."""
    identity: str | None = query.value(session, "select archive_id from ingest.store")
    return identity


def record_archive_id(session: Connection, identity: str) -> None:
    """Let this database be the ledger of an archive."""
    with session, session.cursor() as cursor:
        cursor.execute(statement("ledger/record_archive_id"), {"archive_id": identity})


def refuse_other_store(session: Connection, stored_in: StoredIn) -> None:
    """Refuse to use a database whose readings are somewhere else.

    Raises:
        StoreRefusedError: ``STORE`` is not what this database was begun with.
    """
    is_of_archive = archive_id(session) is not None
    database = os.environ.get("PGDATABASE") or "fitbit"
    if stored_in is StoredIn.TABLE and is_of_archive:
        raise StoreRefusedError(
            f"the readings of the database {database} are in a Parquet archive, not in heart_rate",
            "set STORE=archive; for a table, set PGDATABASE to another database",
        )
    is_new = stored_in is StoredIn.ARCHIVE and not is_of_archive
    if is_new and query.value(session, statement("ledger/has_readings")):
        raise StoreRefusedError(
            f"the database {database} has readings in heart_rate, and STORE is archive",
            "set PGDATABASE to a new database and ARCHIVE_DIR to a new folder; to keep the table, "
            "set STORE=table",
        )
