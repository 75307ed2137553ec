"""Large deltas into a table that holds readings: the loader and psql."""

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmark import contents
from scripts.benchmark.by_hand import copy_file
from scripts.benchmark.files import make_file
from scripts.benchmark.memory import Memory
from scripts.benchmark.project import Project, warm_up
from scripts.benchmark.results import Results
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.sql import statement

SAMPLE_DAYS = 3
MORE_DAYS = 30


@dataclass(frozen=True)
class Arrival:
    """Files that arrive together.

    Attributes:
        name: of the load, in the results.
        file: the generated file.
        place: where it is put below the data folder.
        goal: how many times as long as psql the loader may take; None if it isn't compared.
    """

    name: str
    file: Path
    place: str
    goal: float | None


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Let the files arrive one after the other, in both ways, REPEATS times; add the rows."""
    arrivals = _arrivals(folder / "files", sizes)
    warm_up(server, "second", folder)
    with closing(Memory(folder / "memory")) as memory:
        for repeat in range(sizes.repeats):
            data = folder / f"data_{repeat}"
            with server.database("second") as ours, server.database("second_by_hand") as theirs:
                theirs.psql(statement("by_hand/make_table") + statement("by_hand/add_key"), folder)
                project = Project(folder / "second", data, ours)
                for arrival in arrivals:
                    path = data / arrival.place
                    path.parent.mkdir(parents=True, exist_ok=True)
                    os.link(arrival.file, path)
                    memory.fill()
                    results.add(arrival.name, project.loader("ingest"))
                    memory.fill()
                    results.add(_by_hand(arrival), theirs.psql(copy_file(path, data), data))
                    _check(data, ours, theirs)
    for arrival in arrivals:
        if arrival.goal is not None:
            names = arrival.name, _by_hand(arrival)
            against = r"psql \copy into a table with its key and the same readings"
            results.at_most_times(arrival.name, against, arrival.goal, named=names)


def _arrivals(folder: Path, sizes: Sizes) -> list[Arrival]:
    def made(name: str, first_day: int, days: int) -> Path:
        return make_file(folder / f"{name}.csv", sizes, first_day=first_day, days=days)

    year = made("year", 0, sizes.days)
    return [
        Arrival("three days", made("sample", 0, SAMPLE_DAYS), "participant_id=sample/hr.csv", None),
        Arrival("a year after three days of somebody else", year, "hr.csv", 1.0),
        Arrival("a second person's year after a year", year, "participant_id=P002/hr.csv", 1.8),
        Arrival(
            f"{MORE_DAYS} more days at once after two years",
            made("more", sizes.days, MORE_DAYS),
            "more/hr.csv",
            2.5,
        ),
    ]


def _by_hand(arrival: Arrival) -> str:
    return rf"psql \copy of {arrival.name}"


def _check(data: Path, ours: Database, theirs: Database) -> None:
    expected = contents.of_files(sorted(data.rglob("hr.csv")))
    contents.check(ours, "heart_rate", expected)
    contents.check(theirs, "by_hand", expected)
    contents.check_equal_tables(ours, "heart_rate")
    contents.check_minutes(ours, sum(readings for readings, _ in expected.values()))
    ours.settle()
    theirs.settle()
