"""`loader inspect FILE`: what the project makes of a file, without loading it or any database."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import pytest

from loader.errors import ExitCode
from tests.formats import fixtures, packed, shapes
from tests.formats.loaded import numbers_about, said
from tests.formats.readings import series
from tests.pipeline import Pipeline

NO_DATABASE = {"PGHOST": "127.0.0.1", "PGPORT": "1"}


@pytest.fixture
def project(tmp_path: Path, dbt_target: Path) -> Pipeline:
    """A project without a database."""
    return Pipeline(tmp_path, {**NO_DATABASE, "FITBIT_TIMEZONE": "Europe/Berlin"}, dbt_target)


def inspect(project: Pipeline, path: Path) -> subprocess.CompletedProcess[str]:
    done = project.loader("inspect", str(path))
    assert "Traceback" not in done.stderr
    return done


def test_a_takeout_file_with_backward_steps(project: Pipeline) -> None:
    expected = fixtures.interleaved_hours(project.data)
    (path,) = project.data.rglob("*.json")
    done = inspect(project, path)
    assert done.returncode == ExitCode.OK, said(done)
    assert len(expected.readings) in numbers_about(done.stdout, r"rows|readings")
    assert 359 in numbers_about(done.stdout, "backward")
    assert "interleaved" in done.stdout
    assert "UTC" in done.stdout
    assert "2023-10-28 23:00:00" in done.stdout
    assert f"{expected.readings[-1].timestamp:%Y-%m-%d %H:%M:%S}" in done.stdout


def test_a_study_names_zone_and_people(project: Pipeline) -> None:
    fixtures.two_people_in_one_file(project.data)
    (path,) = project.data.rglob("*.csv")
    done = inspect(project, path)
    assert done.returncode == ExitCode.OK, said(done)
    for words in ("Europe/Berlin", "4020332650", "8877689391", "2016-04-12 07:21:00"):
        assert words in done.stdout
    assert 600 in numbers_about(done.stdout, r"rows|readings")


def test_duplicates_and_rejects_are_counted(project: Pipeline) -> None:
    rows = series("me", "2024-01-01 00:00:00", 50)
    text = shapes.hr_csv([*rows, *rows[:20]]) + "2024-01-01 12:00:00,resting\n"
    fixtures.write(project.hr_csv, text)
    done = inspect(project, project.hr_csv)
    assert done.returncode == ExitCode.OK, said(done)
    assert 20 in numbers_about(done.stdout, "duplicate")
    assert 1 in numbers_about(done.stdout, "reject")
    assert 10 in numbers_about(done.stdout, r"sampling|every|step")


def test_a_packed_file_outside_the_data_folder(project: Pipeline, tmp_path: Path) -> None:
    rows = series("me", "2024-01-01 00:00:00", 50, confidence=1)
    path = tmp_path / "elsewhere" / "day.json.gz"
    fixtures.write_bytes(path, gzip.compress(shapes.takeout_json(rows).encode()))
    done = inspect(project, path)
    assert done.returncode == ExitCode.OK, said(done)
    assert 50 in numbers_about(done.stdout, r"rows|readings")


def test_a_file_of_another_kind_is_refused_with_what_is_understood(project: Pipeline) -> None:
    path = project.data / "steps.csv"
    fixtures.write(path, "date,steps\n2024-01-01,12000\n")
    done = inspect(project, path)
    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert "timestamp,value" in said(done)


def test_a_folder_is_inspected_as_a_whole(project: Pipeline) -> None:
    first, second = (series("anna", f"2024-01-0{day} 00:00:00", 50) for day in (1, 2))
    below = project.data / "participant_id=anna"
    fixtures.write(below / "a.csv", shapes.hr_csv(first))
    member = ("day.csv", shapes.hr_csv(second).encode())
    fixtures.write_bytes(below / "b.tgz", packed.tarred([member, ("x.pdf", b"%PDF-1")], "tar.gz"))
    fixtures.write_bytes(below / "c.zip", packed.zipped([member])[:-30])
    fixtures.write(project.data / "beside.csv", shapes.hr_csv(first))

    done = inspect(project, below)

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert "participant_id=anna: 2 files, participant_id=anna/a.csv to " in done.stdout
    assert "participant  anna\n" in done.stdout
    assert 100 in numbers_about(done.stdout, r"rows|readings")
    assert "1 file in participant_id=anna passed over" in done.stdout
    assert "participant_id=anna/b.tgz/x.pdf: is a PDF document" in done.stdout
    table = [line.split() for line in done.stdout.splitlines()[-5:-1]]
    assert table == [
        ["format", "files", "readings", "rejected"],
        ["hr.csv", "2", "100", "0"],
        ["passed", "over", "1"],
        ["faults,", "see", "below", "1"],
    ]
    assert done.stdout.endswith("next  run make ingest, which loads what is new\n")
    assert "error: participant_id=anna/c.zip is damaged" in done.stderr


def test_readings_are_counted_by_device(project: Pipeline) -> None:
    rows = [f"2026-05-27T00:00:0{second}Z,61,{{}}\n" for second in range(4)]
    header = "timestamp,beats per minute,data source\n"
    # The phone's rows repeat each other, and have an instant of the watch's.
    text = header + "".join(
        [row.format("My watch") for row in rows]
        + [row.format('"Phone, old"') for row in (rows[0], rows[0], rows[1])]
        + [rows[3].format("")]
    )
    one = project.data / "heart_rate_2026-05-27.csv"
    fixtures.write(one, text)
    csv = "time,beatsPerMinute,source\n2026-05-27T00:00:09Z,61,My watch\n"
    fixtures.write(project.data / "list.csv", csv)

    lines = inspect(project, one).stdout.splitlines()
    begin = next(place for place, line in enumerate(lines) if "devices" in line)
    assert lines[begin : begin + 4] == [
        "  devices      My watch: 4 readings",
        "               Phone, old: 3 readings",
        "               no device named: 1 reading",
        "               if several have an instant, the one that “prefer” in a format.yml names "
        "first wins, otherwise the one with more readings on the day",
    ]

    table = inspect(project, project.data).stdout.splitlines()[-5:-1]
    assert [line.rsplit(maxsplit=1) for line in table] == [
        ["device or app", "readings"],
        ["My watch", "5"],
        ["Phone, old", "3"],
        ["no device named", "1"],
    ]


@pytest.mark.parametrize("packing", ["plain", "zip", "folder"])
def test_a_folders_mark_names_the_participant_also_outside_the_data_folder(
    project: Pipeline, tmp_path: Path, packing: str
) -> None:
    text = shapes.hr_csv(series("P7", "2024-01-01 00:00:00", 50))
    below = tmp_path / "elsewhere" / "participant_id=P7" / "more"
    path = below / "day.csv"
    fixtures.write(path, text)
    if packing == "zip":
        path = below / "day.zip"
        fixtures.write_bytes(path, packed.zipped([("a/day.csv", text.encode())]))
    done = inspect(project, below if packing == "folder" else path)
    assert done.returncode == ExitCode.OK, said(done)
    assert "participant  P7\n" in done.stdout
    assert f"next  copy it below {project.data}, then run make ingest" in done.stdout


def test_without_a_file_one_line_says_how_it_is_called(project: Pipeline) -> None:
    done = project.loader("inspect")
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "make inspect FILE=" in line


def test_what_is_no_file_is_not_waited_for(project: Pipeline) -> None:
    os.mkfifo(project.data / "pipe")
    done = inspect(project, project.data / "pipe")
    assert done.returncode == ExitCode.NO_INPUT
    assert "pipe is neither a file nor a folder" in done.stderr


def test_a_file_that_is_not_there(project: Pipeline) -> None:
    done = inspect(project, project.data / "nothing.csv")
    assert done.returncode in (ExitCode.NO_INPUT, ExitCode.USAGE), said(done)
    assert "nothing.csv" in said(done)


def test_a_path_that_no_file_can_have(project: Pipeline) -> None:
    done = inspect(project, project.data / ("x" * 300))
    assert done.returncode == ExitCode.NO_INPUT, said(done)
    assert "File name too long" in done.stderr
