"""Compares files and tables by count and checksum of each participant-day."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from psycopg2.sql import SQL, Identifier

from scripts.benchmark.process import BenchmarkError, run_duck
from scripts.benchmark.server import Database
from scripts.benchmark.sql import statement

Contents: TypeAlias = Mapping[tuple[str, str], tuple[int, int]]
"""(participant, UTC day) to (readings, checksum)."""


def of_files(files: Sequence[Path]) -> Contents:
    """The contents of hr.csv files, read by DuckDB; participant_id=… folders name participants.

    Files may share a day, but not a reading.
    """
    lines = run_duck("contents", *files).output.splitlines()
    contents: dict[tuple[str, str], tuple[int, int]] = {}
    for name, day, readings, checksum in map(json.loads, lines):
        _, named, participant = Path(name).parent.name.partition("participant_id=")
        key = (participant if named else "me", day)
        others, their_checksum = contents.get(key, (0, 0))
        contents[key] = (others + readings, their_checksum + checksum)
    return contents


def of_folder(kind: str, folder: Path) -> Contents:
    """The contents of a folder of JSON files, ``takeout`` or ``google_health``, read by DuckDB.

    Raises:
        BenchmarkError: nothing was read.
    """
    lines = run_duck("folder_contents", kind, folder).output.splitlines()
    if not lines:
        raise BenchmarkError(f"nothing was read from {folder}")
    rows = map(json.loads, lines)
    return {(who, day): (readings, checksum) for who, day, readings, checksum in rows}


def check(database: Database, table: str, expected: Contents) -> None:
    """Check that a table holds exactly the readings of the files.

    Raises:
        BenchmarkError: they differ; names a day.
    """
    rows = database.query(SQL(statement("by_hand/table_contents")).format(table=Identifier(table)))
    found = {(who, day): (readings, checksum) for who, day, readings, checksum in rows}
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    if wrong:
        who, day = min(wrong)
        raise BenchmarkError(
            f"{table} differs from the files on {len(wrong)} participant-days: {who} on {day} "
            f"has (readings, checksum) {found.get((who, day))}, not {expected.get((who, day))}"
        )


def check_minutes(database: Database, readings: int) -> None:
    """Check that the minutes cover this number of readings."""
    ((found,),) = database.query("select sum(readings)::bigint from marts.heart_rate_minute")
    if found != readings:
        raise BenchmarkError(f"heart_rate_minute has {found} readings, not {readings}")


def check_equal_tables(database: Database, table: str, interval: str = "7 days") -> None:
    """Check that a table has the primary key and the chunks that both sides must have.

    Raises:
        BenchmarkError: it doesn't, so the comparison wouldn't be fair.
    """
    found = database.query(
        "select"
        " (select pg_get_constraintdef(oid) from pg_constraint"
        "   where contype = 'p' and conrelid = %s::regclass),"
        " (select time_interval = %s::interval from timescaledb_information.dimensions"
        "   where hypertable_name = %s)",
        (table, interval, table),
    )
    if found != [('PRIMARY KEY (participant_id, "timestamp")', True)]:
        raise BenchmarkError(f"{table} has another key or other chunks than by_hand: {found}")
