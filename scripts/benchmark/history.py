"""One more day after a long and a short history, a late-arriving day, and nothing new."""

from pathlib import Path

from scripts.benchmark import contents
from scripts.benchmark.files import append_day, make_file
from scripts.benchmark.project import Project, warm_up
from scripts.benchmark.results import Results, Row
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes

MEMORY_MB = 400
MEMORY_RATIO = 1.2


class History:
    """A history in two files, with missing days between them that are loaded late."""

    def __init__(self, folder: Path, database: Database, sizes: Sizes, days: int) -> None:
        self._folder = folder
        self._database = database
        self._sizes = sizes
        self._middle = days // 2
        self._late_days = 0
        data = folder / "data"
        make_file(data / "begin.csv", sizes, first_day=0, days=self._middle)
        self._growing = make_file(
            data / "hr.csv",
            sizes,
            first_day=self._middle + sizes.repeats,
            days=days - self._middle,
        )
        self.project = Project(folder / database.name, data, database)

    def grow(self) -> None:
        """Append one more day to the newer file."""
        append_day(self._growing, self._sizes)
        self._database.settle()

    def come_late(self) -> None:
        """Write one of the missing days to a separate file."""
        path = self._growing.with_name(f"late_{self._late_days}.csv")
        make_file(path, self._sizes, first_day=self._middle + self._late_days, days=1)
        self._late_days += 1
        self._database.settle()

    def check(self) -> None:
        """Check that the table holds exactly the current readings of the files."""
        files = sorted(self._growing.parent.glob("*.csv"))
        contents.check(self._database, "heart_rate", contents.of_files(files))


def measure(server: Server, folder: Path, sizes: Sizes, results: Results) -> None:
    """Load both histories, then alternately add one day to each; add the rows."""
    long_name, short_name = f"{sizes.history_days} days", f"{sizes.short_days} days"
    day, late, nothing = "one more day after {}", "a late day amid {}", "nothing new after {}"
    without_start: list[float] = []
    for name in ("short", "long"):
        warm_up(server, name, folder / name)
    with server.database("short") as short_database, server.database("long") as long_database:
        short = History(folder / "short", short_database, sizes, sizes.short_days)
        long = History(folder / "long", long_database, sizes, sizes.history_days)
        for name, history in ((short_name, short), (long_name, long)):
            results.add(f"first load of {name}", history.project.loader("ingest"))
            history.check()
        for _ in range(sizes.repeats):
            for name, history in ((short_name, short), (long_name, long)):
                history.grow()
                finished, seconds = history.project.ingest_day()
                results.add(day.format(name), finished)
                if history is long:
                    without_start.append(seconds)
            long.come_late()
            results.add(late.format(long_name), long.project.ingest_day()[0])
            results.add(nothing.format(long_name), long.project.ingest_nothing())
        short.check()
        long.check()
    days = (day.format(long_name), day.format(short_name))
    results.at_most_times(days[0], days[1], 1.2, named=days)
    results.at_most_seconds("one more day, all but dbt's own start", without_start, 1)
    quiet = results.processes[nothing.format(long_name)]
    results.at_most_seconds("nothing new, no dbt", [one.seconds for one in quiet], 0.6)
    late_name = late.format(long_name)
    results.at_most_times(late_name, days[0], 1.5, named=(late_name, days[0]))
    _add_memory(results, long_name, short_name)


def _add_memory(results: Results, long_name: str, short_name: str) -> None:
    ours, theirs = (results.peak_mb(f"first load of {name}") for name in (long_name, short_name))
    results.rows.append(
        Row(
            f"peak memory of the first load of {long_name}",
            f"of {short_name}",
            f"≤ {MEMORY_RATIO} ×, < {MEMORY_MB} MB",
            f"{ours / theirs:.2f} × ({ours:.0f} MB : {theirs:.0f} MB)",
            ours <= MEMORY_RATIO * theirs and ours < MEMORY_MB,
        )
    )
