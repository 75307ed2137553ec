"""The first load of years of daily Takeout JSON files, and DuckDB alone reading them."""

import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median

from loader.settings import PROJECT
from scripts.benchmark import contents
from scripts.benchmark.contents import Contents
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.files import make_archive
from scripts.benchmark.process import Finished, run
from scripts.benchmark.project import Project, warm_up
from scripts.benchmark.results import Results, Row
from scripts.benchmark.server import Server
from scripts.benchmark.sizes import Sizes

GOAL = 2


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load the archive, then one file more, and have DuckDB read it, in turn; add the rows."""
    data = make_archive(folder / "data", first_day=0, days=sizes.archive_days)
    ours = f"first load of {sizes.archive_days} daily JSON files"
    alone = "DuckDB reading them into a table"
    one_more = f"one more after {sizes.archive_days} daily JSON files"
    expected = _contents(data)
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
            contents.check(database, "heart_rate", _contents(files))
        results.add(alone, _duck("read_archive", data))
    measured, against = median(reading), results.seconds(alone)
    results.rows.append(
        Row(
            f"finding and reading {sizes.archive_days} daily JSON files",
            alone,
            f"≤ {GOAL} ×",
            f"{measured / against:.2f} × ({measured:.2f} s : {against:.2f} s)",
            measured <= GOAL * against,
        )
    )
    results.at_most_seconds(f"{one_more}, all but dbt", night, 1)


def _linked(data: Path, folder: Path) -> Path:
    """The same files in another folder, which may get more of them."""
    shutil.copytree(data, folder, copy_function=os.link)
    return folder


def _contents(data: Path) -> Contents:
    """What the files give, read by DuckDB."""
    found = {
        (who, day): (readings, checksum)
        for who, day, readings, checksum in map(
            json.loads, _duck("archive_contents", data).output.splitlines()
        )
    }
    if not found:
        raise BenchmarkError(f"nothing was read from {data}")
    return found


def _duck(command: str, data: Path) -> Finished:
    return run([sys.executable, "-m", "scripts.benchmark.duck", command, str(data)], {}, PROJECT)
