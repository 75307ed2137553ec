"""`make export ARGS="--layout …"`: the files of other tools, read as these tools read them."""

import csv
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loader.cli import LAYOUT_NAMES
from loader.commands.export.layouts import LAYOUTS
from loader.file_names import file_names
from tests.export.exported import ODD, PARTICIPANTS, export
from tests.pipeline import Pipeline

BERLIN = ZoneInfo("Europe/Berlin")

ONE_DAY = ("--from", "2024-10-27", "--to", "2024-10-28")
"""In Berlin, a day of 25 hours."""


@pytest.fixture(params=[(), ONE_DAY], ids=["everything", "a day"])
def days(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return tuple(request.param)


def minutes(project: Pipeline, days: tuple[str, ...]) -> list[tuple[str, datetime, int]]:
    """Participant, minute and rounded mean, computed from the readings; local days."""
    readings = project.query(
        "select participant_id, date_trunc('minute', timestamp), value from heart_rate"
        " where confidence is null or confidence >= 1 order by participant_id, timestamp"
    )
    values: dict[tuple[str, datetime], list[float]] = {}
    for participant, minute, value in readings:
        values.setdefault((participant, minute), []).append(value)
    return [
        (participant, minute, math.floor(sum(of) / len(of) + 0.5))
        for (participant, minute), of in values.items()
        if not days or f"{local(minute):%Y-%m-%d}" == "2024-10-27"
    ]


def local(minute: datetime) -> datetime:
    return minute.astimezone(BERLIN)


def read(file: Path, **options: Any) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream, **options))


def test_the_command_line_knows_every_layout() -> None:
    assert tuple(LAYOUTS) == LAYOUT_NAMES


def test_rapids(project: Pipeline, folder: Path, days: tuple[str, ...]) -> None:
    export(project, folder, "--layout", "rapids", *days)
    header, *rows = read(
        folder / "fitbit_heartrate_intraday.csv", escapechar="\\", doublequote=False
    )
    assert header == ["device_id", "timestamp", "local_date_time", "heartrate", "heartrate_zone"]
    assert rows == [
        [
            participant,
            str(int(minute.timestamp()) * 1000),
            f"{local(minute):%Y-%m-%d %H:%M:%S}",
            str(value),
            "",
        ]
        for participant, minute, value in minutes(project, days)
    ]
    assert all(len(row[1]) == 13 for row in rows)


def test_all_of_us(project: Pipeline, folder: Path, days: tuple[str, ...]) -> None:
    export(project, folder, "--layout", "all-of-us", *days)
    header, *rows = read(folder / "heart_rate_minute_level.csv")
    assert header == ["person_id", "datetime", "heart_rate_value"]
    assert rows == [
        [participant, f"{local(minute):%Y-%m-%d %H:%M:%S}", str(value)]
        for participant, minute, value in minutes(project, days)
    ]


def american(instant: datetime) -> str:
    hour = instant.hour % 12 or 12
    return f"{instant.month}/{instant.day}/{instant.year} {hour}:{instant:%M:%S %p}"


def test_fitabase(project: Pipeline, folder: Path, days: tuple[str, ...]) -> None:
    export(project, folder, "--layout", "fitabase", *days)
    worn = project.query(
        "select participant_id, day, minutes_covered from marts.heart_rate_yield"
        + (" where day = '2024-10-27'" if days else "")
        + " order by participant_id, day"
    )
    names = file_names(PARTICIPANTS)
    assert read(folder / "participants.csv")[1:] == [list(pair) for pair in names.items()]
    expected = {"participants.csv", "dictionary.csv", "README.md"}
    for participant in dict.fromkeys(row[0] for row in worn):
        own = [(day, covered) for who, day, covered in worn if who == participant]
        period = f"{own[0][0]:%Y%m%d}_{own[-1][0]:%Y%m%d}"
        by_minute = f"{names[participant]}_heartrate_1min_{period}.csv"
        by_day = f"{names[participant]}_fitbitWearTimeViaHR_{period}.csv"
        assert read(folder / by_minute) == [
            ["Time", "Value"],
            *(
                [american(local(minute)), str(value)]
                for who, minute, value in minutes(project, days)
                if who == participant
            ),
        ]
        assert read(folder / by_day) == [
            ["Day", "TotalMinutesWearTime"],
            *([f"{day.month}/{day.day}/{day.year}", str(covered)] for day, covered in own),
        ]
        expected |= {by_minute, by_day}
    assert {path.name for path in folder.iterdir()} == expected
    if not days:
        times = [row[0] for row in read(folder / "P001_heartrate_1min_20241026_20241027.csv")[1:]]
        assert times.count("10/27/2024 2:30:00 AM") == 2  # the clocks go back
        assert len([name for name in expected if name.startswith("O_Brien")]) == 2


def data_points(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def test_open_mhealth(project: Pipeline, folder: Path) -> None:
    export(project, folder, "--layout", "open-mhealth")
    points = list(data_points(folder / "heart_rate.jsonl"))
    readings = project.query(
        "select participant_id, timestamp, value from heart_rate"
        " where confidence is null or confidence >= 1 order by participant_id, timestamp"
    )
    assert [
        (
            point["header"]["user_id"],
            datetime.fromisoformat(point["body"]["effective_time_frame"]["date_time"]),
            point["body"]["heart_rate"]["value"],
        )
        for point in points
    ] == readings
    assert len({point["header"]["id"] for point in points}) == len(points)
    first = points[0]
    made = datetime.fromisoformat(first["header"]["creation_date_time"])
    assert timedelta() <= datetime.now(UTC) - made < timedelta(minutes=10)
    # The required members of the schemas data-point, header and heart-rate.
    assert first == {
        "header": {
            "id": first["header"]["id"],
            "creation_date_time": first["header"]["creation_date_time"],
            "schema_id": {"namespace": "omh", "name": "heart-rate", "version": "2.0"},
            "acquisition_provenance": {"source_name": "Fitbit", "modality": "sensed"},
            "user_id": ODD,
        },
        "body": {
            "heart_rate": {"value": first["body"]["heart_rate"]["value"], "unit": "beats/min"},
            "effective_time_frame": first["body"]["effective_time_frame"],
        },
    }


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_every_column_of_a_layout_is_in_its_dictionary(
    project: Pipeline, folder: Path, layout: str
) -> None:
    export(project, folder, "--layout", layout)
    with (folder / "dictionary.csv").open(newline="", encoding="utf-8") as stream:
        described = {(row["relation"], row["variable"]) for row in csv.DictReader(stream)}
    columns = set()
    for file in folder.glob("*.csv"):
        if file.name != "dictionary.csv":
            (relation,) = [name for name, _ in described if name in file.stem][:1] or [file.stem]
            columns |= {(relation, name) for name in read(file)[0]}
    for file in folder.glob("*.jsonl"):
        point = next(data_points(file))
        described_members = {name.split(".")[1] for _, name in described}
        assert described_members == {*point["header"], *point["body"]}
        columns = described
    assert columns == described
    text = (folder / "README.md").read_text()
    assert LAYOUTS[layout].source in text
