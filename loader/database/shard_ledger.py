"""The database of a shard's ledger, which is created next to the database of the settings."""

from collections.abc import Mapping

import psycopg2
from psycopg2 import sql

from loader.database.session import INSUFFICIENT_PRIVILEGE, connect
from loader.errors import DatabaseError


def create_shard_ledger(environ: Mapping[str, str], next_to: str, command: str) -> None:
    """Create the database that ``PGDATABASE`` names, if it is missing.

    Args:
        next_to: a database of the same server.
        command: whose session it is.

    Raises:
        DatabaseError: the role may not create databases, or the server failed.
    """
    name = environ["PGDATABASE"]
    whole = {**environ, "PGDATABASE": next_to}
    with connect(whole, command) as session, session.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        if cursor.fetchone():
            return
        try:
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except psycopg2.Error as error:
            if error.pgcode != INSUFFICIENT_PRIVILEGE:
                raise
            raise DatabaseError(
                f"this role may not create the database {name}, the ledger of this shard",
                f"scripts/superuser.sh createdb --owner {session.info.user} {name}, then "
                f"scripts/superuser.sh psql -d {name} -c 'create extension timescaledb'",
            ) from error
