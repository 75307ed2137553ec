"""`make export`: the files hold exactly the tables' rows, and appear complete or not at all."""

import csv
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from loader.commands.export import relations
from loader.commands.export.export import export as write_export
from loader.commands.export.files import ExportedFile, Files
from loader.commands.export.folder import new_folder
from loader.commands.export.request import ExportRequest
from loader.configuration.settings import PROJECT, Settings
from loader.configuration.variables import OWN_VARIABLES
from loader.errors import DatabaseError, ExitCode
from tests.export.exported import ODD, PARTICIPANTS, export, partial, refused
from tests.pipeline import Pipeline, QuietReporter, changed_project

RELATIONS = [relation.name for relation in relations.RELATIONS]

SECONDS_OF = "extract(epoch from {name})::double precision"


def in_database(project: Pipeline, relation: str, names: list[str], where: str = "") -> list[Any]:
    """The rows of a relation, by names as they are exported."""
    columns = [
        SECONDS_OF.format(name=name.removesuffix("_seconds")) if is_interval(name) else name
        for name in names
    ]
    schema = "public" if relation == "heart_rate" else "marts"
    # The participant, and what a row of the relation is about: an instant or a day.
    return project.query(
        f"select {', '.join(columns)} from {schema}.{relation} {where} order by 1, 2"
    )


def is_interval(name: str) -> bool:
    return name in ("duration_seconds", "longest_gap_seconds")


def in_parquet(file: Path) -> tuple[list[str], list[Any]]:
    table = pq.read_table(file)
    return table.column_names, [tuple(row.values()) for row in table.to_pylist()]


# --- The files hold the tables -------------------------------------------------------------------


@pytest.fixture(scope="module")
def parquet(project: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet") / "export"
    export(project, folder)
    return folder


@pytest.fixture(scope="module")
def csv_files(project: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("csv") / "export"
    export(project, folder, "--format", "csv")
    return folder


def test_the_data_have_what_the_tests_are_about(project: Pipeline) -> None:
    (counts,) = project.query(
        "select count(*), count(confidence), count(distinct participant_id) from heart_rate"
    )
    assert counts == (4_000 + 9 + 130 + 40 + 21, 3_000 + 9, 4)
    assert project.query("select 1 from marts.heart_rate_hour where sd_bpm is null")
    assert project.query("select 1 from marts.heart_rate_gap")
    zones = project.query("select distinct time_zone from marts.heart_rate_participant")
    assert zones == [("Europe/Berlin",)]


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_parquet_file_holds_exactly_the_rows_of_its_table(
    project: Pipeline, parquet: Path, relation: str
) -> None:
    names, rows = in_parquet(parquet / f"{relation}.parquet")
    expected = in_database(project, relation, names)
    assert expected
    assert rows == expected


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_csv_file_holds_exactly_the_rows_of_its_table(
    project: Pipeline, csv_files: Path, relation: str
) -> None:
    with (csv_files / f"{relation}.csv").open(newline="", encoding="utf-8") as stream:
        names, *rows = csv.reader(stream)
    expected = in_database(project, relation, names)
    assert expected
    assert [[as_text(value) for value in row] for row in expected] == [
        [canonical(text, value) for text, value in zip(row, known, strict=True)]
        for row, known in zip(rows, expected, strict=True)
    ]


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"
    return "" if value is None else str(value)


def canonical(text: str, expected: object) -> str:
    """A number in CSV may be written in several ways; what counts is that it is the same."""
    return str(float(text)) if isinstance(expected, float) and text else text


def test_the_types_are_those_of_the_columns(parquet: Path) -> None:
    utc = pa.timestamp("us", "UTC")
    readings = pq.read_schema(parquet / "heart_rate.parquet")
    assert {field.name: field.type for field in readings} == {
        "participant_id": pa.string(),
        "timestamp": utc,
        "value": pa.float64(),
        "confidence": pa.int16(),
    }
    days = pq.read_schema(parquet / "heart_rate_day.parquet")
    assert days.field("day").type == pa.date32()
    assert days.field("is_valid_day").type == pa.bool_()
    assert days.field("resting_start").type == utc
    column = pq.ParquetFile(parquet / "heart_rate.parquet").schema.column(1)
    assert "isAdjustedToUTC=true, timeUnit=microseconds" in str(column.logical_type)


def test_only_this_user_can_read_the_files(parquet: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in parquet.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(parquet.stat().st_mode) == 0o700


# --- Which rows ----------------------------------------------------------------------------------


def test_participants_and_a_range_of_days(project: Pipeline, folder: Path) -> None:
    chosen = ["--participant", "P001", "--participant", ODD]
    export(project, folder, *chosen, "--from", "2024-03-31", "--to", "2024-10-27")

    whose = f"participant_id in ('P001', '{ODD.replace(chr(39), 2 * chr(39))}')"
    conditions = {
        "heart_rate": "timestamp >= '2024-03-31 00:00+00' and timestamp < '2024-10-27 00:00+00'",
        "heart_rate_minute": "minute >= '2024-03-31 00:00+00' and minute < '2024-10-27 00:00+00'",
        "heart_rate_hour": "hour >= '2024-03-31 00:00+00' and hour < '2024-10-27 00:00+00'",
        "heart_rate_day": "day >= '2024-03-31' and day < '2024-10-27'",
        "heart_rate_yield": "day >= '2024-03-31' and day < '2024-10-27'",
        "heart_rate_gap": "gap_end > '2024-03-31 00:00+00' and gap_start < '2024-10-27 00:00+00'",
        "heart_rate_coverage": "true",
        "heart_rate_participant": "true",
    }
    assert list(conditions) == RELATIONS, "add a condition: which of its rows are in the range"
    for relation, condition in conditions.items():
        names, rows = in_parquet(folder / f"{relation}.parquet")
        assert rows == in_database(project, relation, names, f"where {whose} and {condition}")
        assert rows
    # Midnight in Berlin is 22:00 UTC: readings of two hours are in the range, and their day isn't.
    days = pq.read_table(folder / "heart_rate_day.parquet", columns=["day"])["day"].to_pylist()
    assert max(days) == date(2024, 10, 26)
    instants = pq.read_table(folder / "heart_rate.parquet")["timestamp"].to_pylist()
    assert max(instants) == datetime(2024, 10, 26, 23, 59, 40, tzinfo=UTC)


def test_a_range_without_readings_is_files_without_rows(project: Pipeline, folder: Path) -> None:
    export(project, folder, "--from", "2024-06-01", "--to", "2024-06-02")
    table = pq.read_table(folder / "heart_rate.parquet")
    assert (len(table), table.schema.names) == (
        0,
        ["participant_id", "timestamp", "value", "confidence"],
    )
    assert len(pq.read_table(folder / "heart_rate_day.parquet")) == 0
    # It is within a gap, which begins before and ends after it.
    gaps = pq.read_table(folder / "heart_rate_gap.parquet")
    assert gaps["participant_id"].to_pylist() == [ODD]


def test_an_unknown_participant_is_refused_with_the_names_known(
    project: Pipeline, folder: Path
) -> None:
    said = refused(
        project, folder, ExitCode.NO_INPUT, "--participant", "P001", "--participant", "X"
    )
    assert f"there are no readings of X — choose from: {', '.join(PARTICIPANTS)}" in said


def test_options_that_contradict_each_other(project: Pipeline, folder: Path) -> None:
    refused(project, folder, ExitCode.USAGE, "--from", "2024-02-01", "--to", "2024-02-01")
    refused(project, folder, ExitCode.USAGE, "--format", "csv", "--layout", "rapids")


# --- All or nothing ------------------------------------------------------------------------------


def test_an_existing_export_is_left_alone(project: Pipeline, folder: Path) -> None:
    folder.mkdir()
    (folder / "mine").write_text("x")
    said = refused(project, folder, ExitCode.REFUSED)
    assert f"{folder} exists already — delete it or move it away, or name another one" in said
    assert (folder / "mine").read_text() == "x"


def test_an_empty_folder_is_filled(project: Pipeline, folder: Path) -> None:
    folder.mkdir()
    export(project, folder)
    assert (folder / "README.md").exists()


def test_a_folder_in_data_dir_is_refused(project: Pipeline) -> None:
    inside = project.data / "participant_id=P001" / "export"
    said = refused(project, inside, ExitCode.USAGE)
    assert "DATA_DIR" in said


KILLED = """
import os, signal, sys
from loader.commands.export import {module}
def killed(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{function} = killed
sys.argv = ["loader", "export", "--output", sys.argv[1]]
from loader.cli import main
main()
"""


@pytest.mark.parametrize(
    ("module", "function"), [("export", "write_dictionary"), ("folder", "_synchronize_all")]
)
def test_a_killed_export_leaves_nothing_under_its_name(
    project: Pipeline, folder: Path, module: str, function: str
) -> None:
    program = KILLED.format(module=module, function=function)
    killed = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env={**os.environ, **project.environment},
        cwd=PROJECT,
        check=False,
    )
    assert killed.returncode == -9
    assert not folder.exists()
    assert (partial(folder) / "heart_rate.parquet").stat().st_size > 0
    (partial(folder) / "below").mkdir()

    export(project, folder)

    assert not (folder / "below").exists()
    assert len(pq.read_table(folder / "heart_rate.parquet")) == 4_200


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sys.argv = ["loader", "export", "--output", sys.argv[1]]
from loader.cli import main
main()
"""


def test_a_full_disk_leaves_nothing(project: Pipeline, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)],
        env={**os.environ, **project.environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.CANT_WRITE, done.stderr
    assert f"{folder.parent} can't be written: " in done.stderr
    assert "free some space, or name another folder: make export" in done.stderr
    assert list(folder.parent.iterdir()) == []


def test_a_second_export_to_the_same_folder_is_refused(project: Pipeline, folder: Path) -> None:
    with new_folder(folder) as first:
        (first / "file").write_text("x")
        done = project.loader("export", "--output", str(folder))
        assert done.returncode == ExitCode.LOCKED
        assert f"another export to {folder} is running" in done.stderr
    assert (folder / "file").read_text() == "x"


def test_nothing_loaded_is_an_error(pipeline: Pipeline, folder: Path) -> None:
    said = refused(pipeline, folder, ExitCode.NO_INPUT)
    assert "the database has no heart_rate, heart_rate_minute" in said
    assert "make ingest" in said


# --- In this process -----------------------------------------------------------------------------


AtTheMinutes = Callable[[Callable[[], object]], None]


@pytest.fixture
def at_the_minutes(
    project: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AtTheMinutes:
    """Exports, and does something else between the readings and the minutes."""
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    write = Files.write

    def run(act: Callable[[], object]) -> None:
        def write_later(self: Files, name: str, *arguments: Any) -> ExportedFile:
            if name == "heart_rate_minute":
                act()
            return write(self, name, *arguments)

        monkeypatch.setattr(Files, "write", write_later)
        write_export(Settings.from_env(os.environ), ExportRequest(folder), QuietReporter())

    return run


def test_an_interrupted_export_leaves_nothing(at_the_minutes: AtTheMinutes, folder: Path) -> None:
    def interrupt() -> None:
        assert (partial(folder) / "heart_rate.parquet").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_the_minutes(interrupt)
    assert list(folder.parent.iterdir()) == []


def test_a_lost_database_leaves_nothing(
    project: Pipeline, at_the_minutes: AtTheMinutes, folder: Path
) -> None:
    end = (
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where application_name like 'fitbit-loader export,%'"
    )
    with pytest.raises(DatabaseError, match="the database went away"):
        at_the_minutes(lambda: project.query(end))
    assert list(folder.parent.iterdir()) == []


def test_all_files_are_from_one_moment(
    project: Pipeline, at_the_minutes: AtTheMinutes, folder: Path
) -> None:
    """A row that is deleted while another file is written is still exported."""
    coverage, whose = "marts.heart_rate_coverage", "where participant_id = 'P002'"
    project.query(f"create table kept as select * from {coverage} {whose}")
    try:
        at_the_minutes(lambda: project.query(f"delete from {coverage} {whose}"))
    finally:
        left = project.query(f"select 1 from {coverage} {whose}")
        project.query(f"insert into {coverage} select * from kept")
        project.query("drop table kept")
    assert left == []
    exported = pq.read_table(folder / "heart_rate_coverage.parquet")
    assert exported["participant_id"].to_pylist() == [ODD, "P001", "P002"]


# --- Beside the data -----------------------------------------------------------------------------


def dictionary(folder: Path) -> list[dict[str, str]]:
    with (folder / "dictionary.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_dictionary_has_every_exported_column_and_nothing_else(parquet: Path) -> None:
    columns = [
        (relation, name)
        for relation in RELATIONS
        for name in pq.read_schema(parquet / f"{relation}.parquet").names
    ]
    rows = dictionary(parquet)
    assert [(row["relation"], row["variable"]) for row in rows] == columns
    assert all(row["definition"] and row["null"] and row["type"] for row in rows)
    assert {row["type"] for row in rows if not row["unit"]} == {"text", "boolean"}
    assert not any("{{" in row["definition"] for row in rows)


def test_what_the_dictionary_says_of_null_is_true(parquet: Path) -> None:
    said = {
        (row["relation"], row["variable"]): row["null"] == "never null"
        for row in dictionary(parquet)
    }
    for relation in RELATIONS:
        table = pq.read_table(parquet / f"{relation}.parquet")
        for name in table.column_names:
            if said[relation, name]:
                assert table[name].null_count == 0, (relation, name)
    model = yaml.safe_load((PROJECT / "dbt_project/models/marts/heart_rate_day.yml").read_text())
    for column in model["models"][0]["columns"]:
        never = {"type": "not_null"} in column.get("constraints", [])
        assert said["heart_rate_day", column["name"]] == never, column["name"]


def test_the_settings_of_the_dictionary_exist(parquet: Path) -> None:
    project = yaml.safe_load((PROJECT / "dbt_project/dbt_project.yml").read_text())
    seeds = PROJECT / "dbt_project/seeds"
    known = {*project["vars"], *OWN_VARIABLES}
    for seed in seeds.glob("*.csv"):
        header = seed.read_text().splitlines()[0].split(",")
        known |= {seed.stem, *(f"{seed.stem}.{column}" for column in header)}
    for row in dictionary(parquet):
        named = set(filter(None, row["settings"].split(", ")))
        assert named <= known, row
        # Every var that the description names is one that the column depends on.
        assert set(re.findall(r"`(\w+)`", row["definition"])) & set(project["vars"]) <= named, row


def test_every_column_of_an_exported_mart_is_exported(parquet: Path) -> None:
    """But for arrays; an interval has become a number of seconds."""
    for relation in RELATIONS:
        folder = "core" if relation == "heart_rate" else "marts"
        file = PROJECT / "dbt_project/models" / folder / f"{relation}.yml"
        columns = yaml.safe_load(file.read_text())["models"][0]["columns"]
        expected = [
            column["name"] + ("_seconds" if column["data_type"] == "interval" else "")
            for column in columns
            if not column["data_type"].endswith("[]")
        ]
        assert pq.read_schema(parquet / f"{relation}.parquet").names == expected


def test_a_column_without_a_description_stops_the_export(
    project: Pipeline, folder: Path, tmp_path: Path
) -> None:
    changed = changed_project(
        tmp_path, "models/marts/heart_rate_gap.yml", "The last reading before the gap.", '""'
    )
    said = refused(project, folder, ExitCode.BUG, **changed)
    assert "no description or no unit of heart_rate_gap.gap_start in" in said


def test_the_readme_says_what_was_exported(project: Pipeline, folder: Path) -> None:
    export(project, folder, "--participant", "P001", "--from", "2024-10-27")
    text = (folder / "README.md").read_text()
    rows = len(pq.read_table(folder / "heart_rate.parquet"))
    assert f"| heart_rate.parquet | {rows:,} |" in text
    assert "| participants | 1, chosen by name |" in text
    assert "days from 2024-10-27 to the last one: UTC days" in text
    for name, value in {
        "time_zone": "Europe/Berlin",
        "gap_minutes": "10",
        "min_confidence": "1",
        "zone_rule": "own",
    }.items():
        assert f"| `{name}` | {value} |" in text
    assert re.search(r"as of \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", text)


@pytest.mark.parametrize("files", ["parquet", "csv_files"])
def test_the_examples_of_the_readme_work(files: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(files)
    examples = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert [example.split("\n")[0] for example in examples] == ["import pandas", "import duckdb"]
    for example in examples:
        if "pandas" in example and find_spec("pandas") is None:
            continue
        done = subprocess.run(
            [sys.executable, "-c", example], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "P001" in done.stdout
