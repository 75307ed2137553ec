"""Days of many participants, one file each: the loader and psql."""

import os
from pathlib import Path

from scripts.benchmark import contents
from scripts.benchmark.by_hand import copy_file
from scripts.benchmark.files import make_study
from scripts.benchmark.project import Project, warm_up, without_marts
from scripts.benchmark.results import Results
from scripts.benchmark.server import Server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.sql import statement

DAYS_BEFORE = 2
"""Days of the study before the night that is measured."""


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load a study's first day and, after two days, one more; add the rows."""
    _measure_first_day(server, folder, sizes, results)
    _measure_night(server, folder, sizes, results)


def _measure_first_day(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load the day alternately in both ways, REPEATS times."""
    ours = f"first load of {sizes.participants} participants × 1 day"
    without = f"{ours} without marts"
    by_hand = rf"psql \copy of {sizes.participants} files into a table with its key"
    data = folder / "data"
    files = make_study(data, sizes)
    expected = contents.of_files(files)
    script = "".join(
        [
            statement("by_hand/make_table"),
            statement("by_hand/add_key"),
            *(copy_file(file, data) for file in files),
        ]
    )
    heart_rate_only = without_marts(folder)
    warm_up(server, "study", folder)
    warm_up(server, "study_only", folder, heart_rate_only)
    for _ in range(sizes.repeats):
        with server.database("study") as database:
            project = Project(folder / "study", data, database)
            results.add(ours, project.loader("ingest"))
            contents.check(database, "heart_rate", expected)
        with server.database("study_only") as database:
            project = Project(folder / "study_only", data, database, heart_rate_only)
            results.add(without, project.loader("ingest"))
            contents.check(database, "heart_rate", expected)
        with server.database("study_by_hand") as database:
            results.add(by_hand, database.psql(script, data))
            contents.check(database, "by_hand", expected)
    results.at_most_times(without, by_hand, 0.8, named=(without, by_hand))


def _measure_night(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load two days and then a night alternately in both ways, REPEATS times."""
    first = f"first load of {sizes.participants} participants × {DAYS_BEFORE} days"
    night = f"a night of {sizes.participants} participants after {DAYS_BEFORE} days"
    by_hand = rf"psql \copy of {night}"
    days = [make_study(folder / f"day_{day}", sizes, day) for day in range(DAYS_BEFORE + 1)]
    for repeat in range(sizes.repeats):
        data = folder / f"data_{repeat}"
        with server.database("study") as ours, server.database("study_by_hand") as theirs:
            theirs.psql(statement("by_hand/make_table") + statement("by_hand/add_key"), folder)
            project = Project(folder / "study", data, ours)
            before = [path for day in days[:-1] for path in _arrive(day, data)]
            results.add(first, project.loader("ingest"))
            theirs.psql("".join(copy_file(path, data) for path in before), data)
            arrived = _arrive(days[-1], data)
            ours.settle()
            theirs.settle()
            results.add(night, project.loader("ingest"))
            copied = "".join(copy_file(path, data) for path in arrived)
            results.add(by_hand, theirs.psql(copied, data))
            expected = contents.of_files([*before, *arrived])
            contents.check(ours, "heart_rate", expected)
            contents.check(theirs, "by_hand", expected)
    results.at_most_times(night, by_hand, 1.8, named=(night, by_hand))
    per_day = results.seconds(first) / DAYS_BEFORE
    against = f"its share of the {first}, per reading"
    results.ratio_at_most(night, against, 1.6, results.seconds(night), per_day)


def _arrive(files: list[Path], data: Path) -> list[Path]:
    """Link a day's files into the data folder, named after the folder of that day."""
    paths = [data / file.parent.name / f"{file.parent.parent.name}.csv" for file in files]
    for file, path in zip(files, paths, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, path)
    return paths
