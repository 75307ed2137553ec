"""The benchmark compares what it timed with the files, and says what missed its goal."""

import sys
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from scripts.benchmark import contents, page
from scripts.benchmark.by_hand import copy_file
from scripts.benchmark.files import make_file
from scripts.benchmark.peers import nights
from scripts.benchmark.process import BenchmarkError, Finished, run
from scripts.benchmark.results import Results
from scripts.benchmark.server import Database, Server
from scripts.benchmark.sizes import Sizes
from scripts.benchmark.sql import statement
from scripts.benchmark.year import COPY
from scripts.embedded.cluster import Cluster

SECOND = "where timestamp = '2020-01-02 12:00:00+00'"


@pytest.mark.parametrize(
    "change",
    [
        f"update by_hand set value = value + 0.0001 {SECOND}",
        f"update by_hand set timestamp = timestamp + interval '1 second' {SECOND}",
        f"delete from by_hand {SECOND}",
        f"insert into by_hand select 'P001', timestamp, value from by_hand {SECOND}",
    ],
    ids=["value", "instant", "missing", "additional"],
)
def test_contents_that_differ_end_the_benchmark(
    cluster: Cluster, database: str, tmp_path: Path, change: str
) -> None:
    made = Database(cluster, database)
    file = make_file(tmp_path / "hr.csv", Sizes(step=60), first_day=0, days=2)
    expected = contents.of_files([file])
    made.psql(statement("by_hand/make_table") + COPY + statement("by_hand/add_key"), tmp_path)
    assert sum(readings for readings, _ in expected.values()) == 2 * 1440
    contents.check(made, "by_hand", expected)
    contents.check_equal_tables(made, "by_hand")

    made.query(change)

    with pytest.raises(BenchmarkError, match="differs from the files"):
        contents.check(made, "by_hand", expected)


def test_the_floor_holds_what_the_file_gives(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    made = Database(cluster, database)
    file = make_file(tmp_path / "hr.csv", Sizes(step=60), first_day=0, days=2)

    program = [sys.executable, "-m", "scripts.benchmark.floor", str(file)]
    run(program, made.environment, PROJECT)

    contents.check(made, "by_hand", contents.of_files([file]))
    contents.check_equal_tables(made, "by_hand")


def test_a_table_without_its_key_is_no_fair_comparison(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    made = Database(cluster, database)
    made.psql(statement("by_hand/make_table"), tmp_path)

    with pytest.raises(BenchmarkError, match="another key"):
        contents.check_equal_tables(made, "by_hand")


def test_a_process_that_fails_ends_the_benchmark(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    with pytest.raises(BenchmarkError, match="does not exist"):
        Database(cluster, database).psql("select * from nothing;", tmp_path)


def test_a_missed_goal_is_in_the_table() -> None:
    results = Results()
    for seconds in (1.0, 9.0, 2.0):
        results.add("ours", Finished(seconds, 0.5, 100, ""))
        results.add("theirs", Finished(2 * seconds, 0.5, 100, ""))
    results.at_most_times("ours", "theirs", 0.75, named=("ours", "theirs"))
    results.at_most_seconds("ours alone", [1.0, 2.0, 9.0], 1)

    text = page.render(results, Sizes(repeats=2), [("disk", "of clay")])

    assert "| ours | theirs | ≤ 0.75 × | 0.50 × (2.00 s : 4.00 s) | yes |" in text
    assert "| ours alone |  | ≤ 1 s | 2.00 s | **no** |" in text
    assert "| ours | 3 | 2.00 (1.00 to 9.00) | 0.50 | 100 |" in text
    assert "| disk | of clay |" in text
    assert "`make benchmark REPEATS=2`" in text


def test_sizes_come_from_the_environment() -> None:
    assert Sizes.from_env({}) == Sizes()
    environ = {"REPEATS": "1", "BENCHMARK_DAYS": "3", "BENCHMARK_PARTS": "year,study"}
    sizes = Sizes.from_env(environ)
    assert (sizes.repeats, sizes.days, sizes.parts) == (1, 3, ("year", "study"))
    assert sizes.command == "make benchmark REPEATS=1 BENCHMARK_DAYS=3 BENCHMARK_PARTS=year,study"


@pytest.mark.parametrize(
    "environ", [{"REPEATS": "0"}, {"BENCHMARK_DAYS": "a year"}, {"BENCHMARK_PARTS": "year,all"}]
)
def test_sizes_that_are_none(environ: dict[str, str]) -> None:
    with pytest.raises(BenchmarkError, match=next(iter(environ))):
        Sizes.from_env(environ)


def test_without_the_other_loaders_only_the_reason_is_noted(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "index"
    empty.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(empty))
    results = Results()

    nights.measure(Server(cluster), tmp_path / "peers", Sizes(), results)

    (note,) = results.notes
    assert note.startswith("part peers was skipped: the other loaders can't be installed: ERROR")
    assert f"* {note}\n" in page.render(results, Sizes(), [])
    assert not results.rows


def test_late_readings_that_another_loader_lost_are_counted(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    made = Database(cluster, database)
    files = nights.make_files(tmp_path, Sizes(step=60, short_days=2, repeats=2))
    everything = contents.of_files([files.history, *files.nights])
    assert sum(readings for readings, _ in everything.values()) == 4 * 1440 + 2
    without_late = contents.of_files([files.history, *files.in_order])
    script = statement("by_hand/make_table") + statement("by_hand/add_key")
    loaded = "".join(copy_file(file, tmp_path) for file in (files.history, *files.in_order))
    made.psql(script + loaded, tmp_path)

    assert nights.lost_readings(made, "by_hand", everything, without_late) == 2
    made.query("delete from by_hand where timestamp = '2020-01-04 13:00:00+00'")
    with pytest.raises(BenchmarkError, match="differs from the files"):
        nights.lost_readings(made, "by_hand", everything, without_late)
