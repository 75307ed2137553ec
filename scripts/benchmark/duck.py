"""What needs DuckDB, in a process of its own: `python -m scripts.benchmark.duck COMMAND FILE…`.

`contents` prints file_contents.sql as JSON lines; `scan` only reads a file: what verify is held
against.
"""

import json
import sys

import duckdb

from scripts.benchmark.sql import statement


def main() -> None:
    """Print the rows of one query."""
    command, *files = sys.argv[1:]
    values: dict[str, object] = {"files": files}
    name = "file_contents"
    if command == "scan":
        name, values = "scan", {"file": files[0]}
    for row in duckdb.connect().execute(statement(name), values).fetchall():
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
