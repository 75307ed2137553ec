"""Files as people have them, bad ones among them, loaded in one run that names what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from tests.databases import SHARED_DATABASE
from tests.formats.conftest import run_over
from tests.formats.fixtures import write, write_bytes
from tests.formats.loaded import Loaded, first_run, said
from tests.formats.readings import Expected, Reading
from tests.pipeline import Pipeline

GOOGLE = "Takeout/Google Health/Physical Activity_GoogleData"
SOURCE = "timestamp,beats per minute,data source\n"


def answer(day: str, first: int = 60) -> dict[str, Any]:
    rows = [{"time": "00:00:05", "value": first}, {"time": "08:00:00", "value": first + 10}]
    return {
        "activities-heart": [{"dateTime": day, "value": {"restingHeartRate": 58}}],
        "activities-heart-intraday": {"dataset": rows, "datasetInterval": 1},
    }


def below(folder: Path, who: str, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / f"participant_id={who}" / name
        write_bytes(path, content) if isinstance(content, bytes) else write(path, content)


def expected(who: str, *rows: tuple[str, float], **counts: int) -> Expected:
    readings = [
        Reading(who, datetime.fromisoformat(text).replace(tzinfo=UTC), value, None)
        for text, value in rows
    ]
    return Expected(sorted(readings), counts.pop("rows", len(readings)), **counts)


def takeout_of_2026(folder: Path) -> Expected:
    """The resting rates have the header of the readings; their names say what they are."""
    rows = "2026-05-27T00:00:00Z,61.0,Air\n2026-05-27T00:00:05Z,62.0,Air\n"
    files: dict[str, str | bytes] = {
        f"{GOOGLE}/heart_rate_2026-05-27.csv": f"{SOURCE}{rows}2026-05-27T22:01:13Z,88.0,Air\n",
        f"{GOOGLE}/resting_heart_rate_2026-05-27.csv": f"{SOURCE}2026-05-27T22:01:13Z,51,Kit\n",
        f"{GOOGLE}/daily_resting_heart_rate.csv": f"{SOURCE}2026-05-27T22:01:13Z,51.0,Kit\n",
        f"{GOOGLE}/Resting Heart Rate (1).csv": f"{SOURCE}2026-05-27T22:01:13Z,51.0,Kit\n",
    }
    below(folder, "t2026", files)
    times = ("2026-05-27 00:00:00", "2026-05-27 00:00:05", "2026-05-27 22:01:13")
    return expected("t2026", *zip(times, (61.0, 62.0, 88.0), strict=True))


def takeout_with_oxygen_saturation(folder: Path) -> Expected:
    """Takeout's files of oxygen saturation have the header of hr.csv; their names tell them apart.

    https://github.com/ashrobertsdragon/fitbit2oscar reads them.
    """
    folder_of_oxygen = "Takeout/Fitbit/Oxygen Saturation (SpO2)"
    values = "timestamp,value\n2022-07-09T03:52:00Z,96.5\n2022-07-09T03:53:00Z,95.0\n"
    files: dict[str, str | bytes] = {
        f"{folder_of_oxygen}/Minute SpO2 - 2022-07-09.csv": values,
        "sleep study/hr.csv": "timestamp,value\n2022-07-09T03:52:00Z,52\n",
        "sleep study/hr_sleep.csv": "timestamp,value\n2022-07-09T03:53:00Z,53\n",
        "sleep study/minuteSteps.csv": "timestamp,value\n2022-07-09T03:54:00Z,54\n",
        "sleep study/stephen.csv": "timestamp,value\n2022-07-09T03:55:00Z,55\n",
        "sleep study/pulse oximeter.csv": "timestamp,value\n2022-07-09T03:56:00Z,96\n",
        "sleep study/resting_heart_rate.csv": "timestamp,value\n2022-07-09T03:57:00Z,57\n",
        "sleep study/sleep.csv": "timestamp,heart_rate\n2022-07-09T03:58:00Z,58\n",
    }
    below(folder, "oxygen", files)
    minutes = {"03:52:00": 52.0, "03:53:00": 53.0, "03:55:00": 55.0, "03:58:00": 58.0}
    return expected("oxygen", *((f"2022-07-09 {at}", bpm) for at, bpm in minutes.items()))


def a_day_with_one_reading_at_midnight(folder: Path) -> Expected:
    below(
        folder, "midnight", {"heart_rate_2026-05-28.csv": f"{SOURCE}2026-05-28T00:00:00Z,63,Air\n"}
    )
    return expected("midnight", ("2026-05-28 00:00:00", 63.0))


def answers(folder: Path) -> Expected:
    """Several answers in a file: a line each, in a list, the series first."""
    one, two = answer("2019-05-18"), answer("2019-05-19")
    first = dict(reversed(answer("2019-05-22").items()))
    first["activities-heart-intraday"]["padding"] = "x" * (70 << 10)
    below(
        folder,
        "answers",
        {
            "lines.json": f"{json.dumps(one)}\n{json.dumps(two)}\n",
            "list.json": json.dumps([answer("2019-05-20"), answer("2019-05-21")]),
            "first.json": json.dumps(first),
        },
    )
    return expected(
        "answers",
        *(
            (f"2019-05-{day} {time}", value)
            for day in range(18, 23)
            for time, value in (("00:00:05", 60.0), ("08:00:00", 70.0))
        ),
    )


def two_sources_at_one_instant(folder: Path) -> Expected:
    """Three instants twice in one file: two disagree, and the device with more readings wins."""
    rows = [("00", 60, "Air"), ("05", 61, "Air"), ("10", 62, "Air")]
    rows[:0] = [("00", 70, "Phone"), ("05", 61, "Phone"), ("10", 72, "Phone"), ("15", 73, "Phone")]
    text = "".join(f"2026-05-27T00:00:{second}Z,{bpm},{name}\n" for second, bpm, name in rows)
    below(folder, "sources", {"heart_rate_2026-05-27.csv": SOURCE + text})
    times = [f"2026-05-27 00:00:{second}" for second in ("00", "05", "10", "15")]
    return expected("sources", *zip(times, (70.0, 61.0, 72.0, 73.0), strict=True), rows=7)


def ids_as_floats(folder: Path) -> Expected:
    ids = ["9000000001", "9000000001.0", '"9000000001.0"', "9.000000001E+09"]
    rows = [f"{who},4/12/2016 7:21:0{n} AM,{60 + n}\r\n" for n, who in enumerate(ids)]
    write(folder / "study" / "merged.csv", "Id,Time,Value\r\n" + "".join(rows))
    times = [(f"2016-04-12 07:21:0{n}", 60.0 + n) for n in range(4)]
    return expected("9000000001", *times)


def utf_16(folder: Path) -> Expected:
    text = "timestamp,value\r\n2024-01-01 00:00:00,60\r\n2024-01-01 00:00:01,61\r\n"
    big = b"\xfe\xff" + text.replace("01-01", "01-02").encode("utf-16-be")
    json_text = json.dumps([{"dateTime": "01/03/24 00:00:00", "value": {"bpm": 62}}])
    files: dict[str, str | bytes] = {
        "little.csv": text.encode("utf-16"),
        "big.csv": big,
        "record.json": json_text.encode("utf-16"),
    }
    below(folder, "utf16", files)
    days = [(f"2024-01-0{day} 00:00:0{n}", 60.0 + n) for day in (1, 2) for n in (0, 1)]
    return expected("utf16", *days, ("2024-01-03 00:00:00", 62.0))


def blanks_for_zeros(folder: Path) -> Expected:
    """Seconds padded with blanks: no time at all, and never another instant."""
    rows = "".join(f"2024-03-17 01:02:{second:2d},{60 + second}\n" for second in range(60))
    below(folder, "padded", {"padded.csv": f"timestamp,value\n{rows}"})
    times = [(f"2024-03-17 01:02:{second}", 60.0 + second) for second in range(10, 60)]
    return expected("padded", *times, rows=60, rejected=10)


GOOD = (
    takeout_of_2026,
    takeout_with_oxygen_saturation,
    a_day_with_one_reading_at_midnight,
    answers,
    two_sources_at_one_instant,
    ids_as_floats,
    utf_16,
    blanks_for_zeros,
)
FAULTS = {
    "deep.json": ("[" * 5_000).encode(),
    "deep inside.json": f"{json.dumps([answer('2020-01-01')])[:-1]}, {'[' * 5_000}".encode(),
    "twice.json": (json.dumps(answer("2020-01-01")) + " garbage").encode(),
    "all rejected.csv": b"timestamp,value\n" + b"bad\n" * 50,
    "many rejected.csv": b"timestamp,value\n2020-01-01 00:00:00,60\n" + b"bad\n" * 1_500,
    "unmarked.csv": "timestamp,value\n2020-01-01 00:00:00,60\n".encode("utf-16-le"),
}
"""Each is named, and none takes another file with it."""


def faulty(folder: Path) -> Expected:
    for name, content in FAULTS.items():
        write_bytes(folder / "participant_id=faulty" / name, content)
    return expected("faulty", rows=0)


@pytest.fixture(scope="module")
def loaded(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    writers: dict[str, Callable[[Path], Expected]] = {
        write.__name__: write for write in (*GOOD, faulty)
    }
    root = tmp_path_factory.mktemp("real_life")
    with run_over(cluster, SHARED_DATABASE, root, dbt_target, "UTC", writers) as opened:
        yield opened


@pytest.mark.parametrize("name", [write.__name__ for write in GOOD])
def test_the_table_holds_what_the_files_give(loaded: Loaded, name: str) -> None:
    wanted = loaded.expected[name]
    found = loaded.pipeline.query(
        "select participant_id, timestamp, value from heart_rate"
        " where participant_id = any(%s) order by 1, 2",
        [list(wanted.participants)],
    )
    assert found == [tuple(reading[:3]) for reading in wanted.readings]


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_file_is_named_and_gives_nothing(loaded: Loaded, name: str) -> None:
    assert loaded.done.returncode == ExitCode.BAD_INPUT, said(loaded.done)
    (line,) = [line for line in loaded.done.stderr.splitlines() if f"/{name}" in line]
    assert "error: " in line
    if "rejected" in name:
        assert ("--max-rejected" in line) == (name == "many rejected.csv")
    assert loaded.done.stderr.count("error: ") == len(FAULTS)


def test_nobody_else_is_in_the_table(loaded: Loaded) -> None:
    whose = loaded.pipeline.query("select distinct participant_id from heart_rate")
    assert {who for (who,) in whose} == {
        who for wanted in loaded.expected.values() for who in wanted.participants
    }


def test_every_row_is_accounted_for(loaded: Loaded) -> None:
    given = loaded.expected.values()
    assert first_run(loaded.pipeline, "rows_read", "rows_duplicate", "rows_rejected") == (
        sum(each.rows for each in given),
        3,
        sum(each.rejected for each in given),
    )


def test_instants_that_one_file_gives_twice_are_conflicts_where_they_disagree(
    loaded: Loaded,
) -> None:
    assert first_run(loaded.pipeline, "conflicts") == (2,)
    assert "2 instants with more than one reading" in said(loaded.done)


def test_other_quantities_are_passed_over_and_counted(loaded: Loaded) -> None:
    assert "7 files passed over" in said(loaded.done)
    assert "says “resting_heart_rate” in its name; rename it if" in said(loaded.done)


def test_a_night_later_only_the_faulty_documents_are_read_again(loaded: Loaded) -> None:
    again = loaded.pipeline.loader("ingest")
    assert again.returncode == ExitCode.BAD_INPUT
    assert again.stderr.count("error: ") == len(FAULTS)
    assert "0 of " in again.stdout


def load_as_earlier(pipeline: Pipeline, name: str, content: str) -> None:
    """Load a file as an earlier version did, which didn't look at its name."""
    before = (Path(name).parent / "zz.csv").as_posix()
    write(pipeline.data / before, content)
    pipeline.ingest()
    (pipeline.data / before).rename(pipeline.data / name)
    pipeline.query("update ingest.files set path = %s where path = %s", [name, before])
    pipeline.query("update ingest.days set path = %s where path = %s", [name, before])


@pytest.mark.without_marts
def test_oxygen_saturation_that_was_loaded_is_named_until_it_is_removed(pipeline: Pipeline) -> None:
    write(pipeline.data / "hr.csv", "timestamp,value\n2022-07-09T03:52:00Z,52\n")
    oxygen = "Takeout/Minute SpO2 - 2022-07-09.csv"
    load_as_earlier(pipeline, oxygen, "timestamp,value\n2022-07-09T03:53:00Z,96.5\n")

    night = pipeline.loader("ingest")

    assert night.returncode == ExitCode.OK, said(night)
    assert f"no longer  {oxygen} is loaded as heart rates, although its name says" in night.stdout
    assert "make full-refresh ARGS=--allow-shrink" in night.stdout
    assert "missing" not in night.stdout
    assert "no longer" not in pipeline.loader("ingest").stdout
    assert "1 reading of heart_rate is no longer in the files" in pipeline.loader("verify").stdout
    done = pipeline.loader("ingest", "--full-refresh", "--allow-shrink")
    assert done.returncode == ExitCode.OK, said(done)
    assert [value for *_, value in pipeline.table()] == [52.0]


def test_a_resting_rate_that_was_loaded_once_gives_way(pipeline: Pipeline) -> None:
    """An older loader took it for readings; its name says what it is now."""
    day = f"{GOOGLE}/heart_rate_2026-05-27.csv"
    write(pipeline.data / day, f"{SOURCE}2026-05-27T22:01:13Z,88.0,Kit\n")
    resting = f"{GOOGLE}/resting_heart_rate_2026-05-27.csv"
    load_as_earlier(pipeline, resting, f"{SOURCE}2026-05-27T22:01:13Z,51,Air\n")
    assert {value for *_, value in pipeline.table()} == {51.0}

    done = pipeline.loader("ingest", "--reconcile")

    assert done.returncode == ExitCode.OK, said(done)
    assert {value for *_, value in pipeline.table()} == {88.0}
