"""Folders with many files: years of daily JSON, pages, and files that have no heart rates."""

import os
import shutil
from pathlib import Path
from statistics import median

from scripts.benchmark import contents
from scripts.benchmark.files import make_archive, make_file, make_pages
from scripts.benchmark.other_kinds import make_other_kinds
from scripts.benchmark.process import run_duck
from scripts.benchmark.project import Project, warm_up
from scripts.benchmark.results import Results
from scripts.benchmark.server import Server
from scripts.benchmark.sizes import Sizes

PAGES_SHARE = 10
"""A tenth of the days is made of pages, which are ten times as long as the files of a Takeout."""


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Measure a Takeout's files, pages of the Google Health API, and other files; add the rows."""
    _measure_takeout(server, folder / "takeout", sizes, results)
    _measure_pages(server, folder / "pages", sizes, results)
    _measure_other_files(server, folder / "others", sizes, results)


def _measure_takeout(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load the archive, load one more file, read it with DuckDB, in turn; add the rows."""
    data = make_archive(folder / "data", first_day=0, days=sizes.archive_days)
    ours = f"first load of {sizes.archive_days} daily JSON files"
    alone = "DuckDB reading them into a table"
    one_more = f"one more after {sizes.archive_days} daily JSON files"
    expected = contents.of_folder("takeout", data)
    reading: list[float] = []
    night: list[float] = []
    warm_up(server, "archive", folder)
    for number in range(sizes.repeats):
        files = _linked(data, folder / f"files_{number}")
        with server.database("archive") as database:
            project = Project(folder / "archive", files, database)
            finished, seconds = project.ingest_in_steps()
            results.add(ours, finished)
            reading.append(seconds["find"] + seconds["read"])
            contents.check(database, "heart_rate", expected)
            make_archive(files, first_day=sizes.archive_days, days=1)
            database.settle()
            finished, seconds = project.ingest_in_steps()
            results.add(one_more, finished)
            night.append(finished.seconds - seconds["dbt"])
            contents.check(database, "heart_rate", contents.of_folder("takeout", files))
        results.add(alone, run_duck("read_folder", "takeout", data))
    found = f"finding and reading {sizes.archive_days} daily JSON files"
    results.ratio_at_most(found, alone, 2, median(reading), results.seconds(alone))
    results.at_most_seconds(f"{one_more}, all but dbt", night, 1)


def _measure_pages(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load pages of the Google Health API, read them with DuckDB, in turn; add the row."""
    days = max(1, sizes.archive_days // PAGES_SHARE)
    data = make_pages(folder / "data", days=days)
    ours = f"first load of {days} days of Google Health pages"
    alone = "DuckDB reading the pages into a table"
    expected = contents.of_folder("google_health", data)
    reading: list[float] = []
    warm_up(server, "pages", folder)
    for _ in range(sizes.repeats):
        with server.database("pages") as database:
            finished, seconds = Project(folder / "project", data, database).ingest_in_steps()
            results.add(ours, finished)
            reading.append(seconds["find"] + seconds["read"])
            contents.check(database, "heart_rate", expected)
        results.add(alone, run_duck("read_folder", "google_health", data))
    found = f"finding and reading {days} days of Google Health pages"
    results.ratio_at_most(found, alone, 2, median(reading), results.seconds(alone))


def _measure_other_files(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Find one file with readings among others that have none; add the row."""
    data = make_other_kinds(folder / "data", sizes.other_files)
    file = make_file(data / "hr.csv", Sizes(step=60), first_day=0, days=1)
    ours = f"first load of a file among {sizes.other_files:,} of other kinds"
    finding: list[float] = []
    warm_up(server, "others", folder)
    for _ in range(sizes.repeats):
        with server.database("others") as database:
            finished, seconds = Project(folder / "project", data, database).ingest_in_steps()
            results.add(ours, finished)
            finding.append(seconds["find"])
            contents.check(database, "heart_rate", contents.of_files([file]))
    results.at_most_seconds(f"skipping {sizes.other_files:,} files of other kinds", finding, 3)


def _linked(data: Path, folder: Path) -> Path:
    """The same files in another folder, to which more can be added."""
    shutil.copytree(data, folder, copy_function=os.link)
    return folder
