"""The connection parameters for clients, in the notations that clients accept."""

from collections.abc import Mapping
from urllib.parse import quote

from scripts.embedded.connection import DATABASE, READER

UNKNOWN = "set when scripts/roles.sql was run with FITBIT_READER_PASSWORD"


def describe(server: Mapping[str, str], password: str) -> str:
    """The lines that `make connect` prints.

    Args:
        server: libpq's variables of the server; the user isn't used.
        password: the reader's; if it is unknown, it is empty and left out of the URLs.
    """
    host, port = server.get("PGHOST") or "localhost", server.get("PGPORT") or "5432"
    database = server.get("PGDATABASE") or DATABASE
    # An IPv6 address needs brackets in a URL.
    place = f"{f'[{host}]' if ':' in host else host}:{port}/{quote(database, safe='')}"
    secret = quote(password, safe="")
    return "\n".join(
        [
            f"host      {host}",
            f"port      {port}",
            f"database  {database}",
            f"role      {READER} (reads heart_rate and the marts, changes nothing)",
            f"password  {password or UNKNOWN}",
            f"JDBC URL  jdbc:postgresql://{place}?user={READER}"
            + (f"&password={secret}" if secret else ""),
            f"URI       postgresql://{READER}{f':{secret}' if secret else ''}@{place}",
            "times     timestamptz: a client shows them in its own zone; set timezone = 'UTC'",
        ]
    )
