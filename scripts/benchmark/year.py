"""The first load of a long file, the same with psql, the full refresh, and verify."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from loader.configuration.settings import PROJECT
from scripts.benchmark import contents
from scripts.benchmark.contents import Contents
from scripts.benchmark.files import make_file
from scripts.benchmark.memory import Memory
from scripts.benchmark.process import run, run_duck
from scripts.benchmark.project import Project, warm_up, without_marts
from scripts.benchmark.results import Results, Row
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.sql import statement

COPY = r"\copy by_hand (timestamp, value) from 'hr.csv' with (format csv, header)" + "\n"

FIRST_LOAD = "first load"
WITHOUT_MARTS = "first load without marts"
KEY_FIRST = r"psql \copy into a table with its key"
KEY_LAST = r"psql \copy, the key added afterwards"
REBUILD = "full refresh"
VERIFY = "verify"
SCAN = "DuckDB's scan of the file"
ROWS = "row-by-row inserts of one day"
FLOOR = "the floor: binary COPY and key in one transaction, nothing else"


class Year:
    """The measures for one hr.csv with BENCHMARK_DAYS days."""

    def __init__(self, server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
        self._server = server
        self._folder = folder
        self._results = results
        self._file = make_file(folder / "data" / "hr.csv", sizes, first_day=0, days=sizes.days)
        one_day = replace(sizes, days=1)
        self._day = make_file(folder / "day" / "hr.csv", one_day, first_day=0, days=1)
        self._expected = contents.of_files([self._file])
        self._expected_day = contents.of_files([self._day])
        self._heart_rate_only = without_marts(folder)
        self._memory = Memory(folder / "memory")
        self._repeats = sizes.repeats

    def measure(self) -> None:
        """Run each contender in turn, REPEATS times; add the rows."""
        warm_up(self._server, "year", self._folder)
        warm_up(self._server, "without_marts", self._folder, self._heart_rate_only)
        with closing(self._memory):
            for _ in range(self._repeats):
                self._first_load_and_after()
                self._first_load_without_marts()
                self._by_hand(KEY_FIRST, key_first=True)
                self._by_hand(KEY_LAST, key_first=False)
                self._floor()
                self._insert_row_by_row()
        self._add_rows()

    def _first_load_and_after(self) -> None:
        results, readings = self._results, _readings(self._expected)
        with self._database("year") as database:
            project = Project(self._folder / "year", self._file.parent, database)
            results.add(FIRST_LOAD, project.loader("ingest"))
            contents.check(database, "heart_rate", self._expected)
            contents.check_equal_tables(database, "heart_rate")
            contents.check_minutes(database, readings)
            database.settle()
            results.add(VERIFY, project.loader("verify"))
            results.add(SCAN, run_duck("scan", self._file))
            self._memory.fill()
            results.add(REBUILD, project.loader("ingest", "--full-refresh"))
            contents.check(database, "heart_rate", self._expected)
            contents.check_minutes(database, readings)

    def _first_load_without_marts(self) -> None:
        with self._database("without_marts") as database:
            folder = self._folder / "without_marts"
            project = Project(folder, self._file.parent, database, self._heart_rate_only)
            self._results.add(WITHOUT_MARTS, project.loader("ingest"))
            contents.check(database, "heart_rate", self._expected)
            contents.check_equal_tables(database, "heart_rate")

    def _by_hand(self, name: str, *, key_first: bool) -> None:
        parts = [statement("by_hand/make_table"), COPY, statement("by_hand/add_key")]
        if key_first:
            parts[1:] = reversed(parts[1:])
        with self._database("by_hand") as database:
            self._results.add(name, database.psql("".join(parts), self._file.parent))
            contents.check(database, "by_hand", self._expected)
            contents.check_equal_tables(database, "by_hand")

    def _floor(self) -> None:
        with self._database("floor") as database:
            program = [sys.executable, "-m", "scripts.benchmark.floor", str(self._file)]
            self._results.add(FLOOR, run(program, database.environment, PROJECT))
            contents.check(database, "by_hand", self._expected)
            contents.check_equal_tables(database, "by_hand")

    def _insert_row_by_row(self) -> None:
        with self._server.database("row_by_row") as database:
            database.psql(
                statement("by_hand/make_table") + statement("by_hand/add_key"), self._folder
            )
            program = [sys.executable, "-m", "scripts.benchmark.row_by_row", str(self._day)]
            self._results.add(ROWS, run(program, database.environment, PROJECT))
            contents.check(database, "by_hand", self._expected_day)

    @contextmanager
    def _database(self, name: str) -> Iterator[Database]:
        """A new database, with free memory filled by the page cache."""
        with self._server.database(name) as database:
            self._memory.fill()
            yield database

    def _add_rows(self) -> None:
        add = self._results.at_most_times
        add(WITHOUT_MARTS, KEY_FIRST, 0.75, named=(WITHOUT_MARTS, KEY_FIRST))
        add(WITHOUT_MARTS, KEY_LAST, 1.1, named=(WITHOUT_MARTS, KEY_LAST))
        add("first load, marts included", KEY_FIRST, 1.0, named=(FIRST_LOAD, KEY_FIRST))
        self._add_row_by_row()
        add("full refresh", FIRST_LOAD, 1.1, named=(REBUILD, FIRST_LOAD))
        add("verify of everything", SCAN, 6, named=(VERIFY, SCAN))

    def _add_row_by_row(self) -> None:
        results = self._results
        scale = _readings(self._expected) / _readings(self._expected_day)
        scaled = results.seconds(ROWS) * scale
        times = scaled / results.seconds(FIRST_LOAD)
        measured = f"{times:.0f} × faster ({scaled:,.0f} s for all)"
        results.rows.append(
            Row(
                "first load, marts included",
                f"{ROWS}, scaled",
                "≥ 100 × faster",
                measured,
                times >= 100,
            )
        )


def _readings(expected: Contents) -> int:
    return sum(readings for readings, _ in expected.values())
