"""Loads a file as an earlier script did: `python -m scripts.benchmark.row_by_row FILE`.

One insert per row, one commit, into the existing table by_hand. libpq's variables configure the
connection.
"""

import csv
import sys
from contextlib import closing
from pathlib import Path

import psycopg2


def main() -> None:
    """Insert every row of the file."""
    session = psycopg2.connect("", options="-c timezone=UTC")
    with closing(session), session, session.cursor() as cursor, Path(sys.argv[1]).open() as file:
        rows = csv.reader(file)
        next(rows)
        for timestamp, value in rows:
            cursor.execute(
                "insert into by_hand (timestamp, value) values (%s, %s)", (timestamp, float(value))
            )


if __name__ == "__main__":
    main()
