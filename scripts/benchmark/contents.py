"""What the files give and what a table holds, by count and checksum of each participant-day."""

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
    """What hr.csv files give, read by DuckDB; a folder participant_id=… names the participant."""
    lines = run_duck("contents", *files).output.splitlines()
    contents = {}
    for name, day, readings, checksum in map(json.loads, lines):
        _, named, participant = Path(name).parent.name.partition("participant_id=")
        contents[participant if named else "me", day] = (readings, checksum)
    return contents


def of_archive(folder: Path) -> Contents:
    """What a folder of Takeout's daily JSON files gives, read by DuckDB.

    Raises:
        BenchmarkError: nothing.
    """
    lines = run_duck("archive_contents", folder).output.splitlines()
    if not lines:
        raise BenchmarkError(f"nothing was read from {folder}")
    rows = map(json.loads, lines)
    return {(who, day): (readings, checksum) for who, day, readings, checksum in rows}


def check(database: Database, table: str, expected: Contents) -> None:
    """Make sure that a table holds what the files give.

    Raises:
        BenchmarkError: it does not; names a day.
    """
    rows = database.query(SQL(statement("by_hand/table_contents")).format(table=Identifier(table)))
    held = {(who, day): (readings, checksum) for who, day, readings, checksum in rows}
    wrong = [key for key in expected.keys() | held.keys() if expected.get(key) != held.get(key)]
    if wrong:
        who, day = min(wrong)
        raise BenchmarkError(
            f"{table} is not what the files give on {len(wrong)} participant-days: {who} on {day} "
            f"has (readings, checksum) {held.get((who, day))} for {expected.get((who, day))}"
        )


def check_minutes(database: Database, readings: int) -> None:
    """Make sure that the minutes are those of so many readings."""
    ((found,),) = database.query("select sum(readings)::bigint from marts.heart_rate_minute")
    if found != readings:
        raise BenchmarkError(f"heart_rate_minute has {found} readings for {readings}")


def check_equal_tables(database: Database, table: str, interval: str = "7 days") -> None:
    """Make sure that a table has the key and the chunks that both sides must have.

    Raises:
        BenchmarkError: the comparison would not be fair.
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
