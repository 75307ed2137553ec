"""Steps that need DuckDB, in their own process: `python -m scripts.benchmark.duck COMMAND FILE…`.

`contents` prints what the files contain, as JSON lines. `scan` only reads a file, as the reference
for verify. `read_archive` reads a folder of JSON files into a table, as the reference for their
first load; `archive_contents` prints what it has read.
"""

import json
import sys
from pathlib import Path

import duckdb

from scripts.benchmark.sql import statement


def main() -> None:
    """Print the rows of one query."""
    command, *files = sys.argv[1:]
    session = duckdb.connect()
    if command == "scan":
        rows = session.execute(statement("duck/scan"), {"file": files[0]})
    elif command == "contents":
        rows = session.execute(statement("duck/file_contents"), {"files": files})
    else:
        archive = [str(file) for file in sorted(Path(files[0]).rglob("*.json"))]
        rows = session.execute(statement("duck/read_archive"), {"files": archive})
        if command == "archive_contents":
            rows = session.execute(statement("duck/archive_contents"))
    for row in rows.fetchall():
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
