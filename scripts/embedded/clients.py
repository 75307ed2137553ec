"""What a client needs to log in and read, in the notations that clients take."""

from collections.abc import Mapping
from urllib.parse import quote

from scripts.embedded.connection import DATABASE, READER

UNKNOWN = "set when scripts/roles.sql was run with FITBIT_READER_PASSWORD"


def describe(server: Mapping[str, str], password: str) -> str:
    """The lines that `make connect` prints.

    Args:
        server: libpq's variables of the server; its user is not looked at.
        password: the reader's; empty where it is not known, and then in no URL.
    """
    host, port = server.get("PGHOST") or "localhost", server.get("PGPORT") or "5432"
    database = server.get("PGDATABASE") or DATABASE
    # An IPv6 address needs its brackets in a URL.
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
