"""One day of many participants, one file each: the loader and psql."""

from pathlib import Path

from scripts.benchmark import contents
from scripts.benchmark.by_hand import copy_file
from scripts.benchmark.files import make_study
from scripts.benchmark.project import Project, warm_up, without_marts
from scripts.benchmark.results import Results
from scripts.benchmark.server import Server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.sql import statement


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load the study alternately in both ways, REPEATS times; add the row."""
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
