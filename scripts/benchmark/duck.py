"""Steps that need DuckDB, in their own process: `python -m scripts.benchmark.duck COMMAND FILE…`.

`contents` prints what the files contain, as JSON lines. `scan` only reads a file, as the reference
for verify. `read_folder takeout FOLDER` reads a folder of JSON files into a table, as the reference
for their first load; `folder_contents takeout FOLDER` prints what it has read. The other kind of
files is `google_health`.
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
        kind, folder = files
        found = [str(file) for file in sorted(Path(folder).rglob("*.json"))]
        rows = session.execute(statement(f"duck/read_{kind}"), {"files": found})
        if command == "folder_contents":
            rows = session.execute(statement("duck/folder_contents"))
    for row in rows.fetchall():
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
