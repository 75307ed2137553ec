"""Fixtures of files as people and their programs save them again, and what they should give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.formats import shapes
from tests.formats.local_times import back_at
from tests.formats.readings import Expected, Reading, series

ZONE = ZoneInfo("Europe/Berlin")
AUTUMN = "2023-10-28 22:30:00"
"""An hour and a half before 02:00 in Berlin comes for the second time, in UTC."""


def study_saved_again(folder: Path) -> Expected:
    """ISO times in a study's file are local, also in the repeated hour; one file has a T."""
    readings: list[Reading] = []
    for who, separator in (("saved-blank", " "), ("saved-t", "T")):
        rows = series(who, AUTUMN, 1_500)
        times = [shapes.local(row, ZONE).isoformat(separator) for row in rows]
        lines = [f"{who},{t},{row.value:.0f}\n" for t, row in zip(times, rows, strict=True)]
        write(folder / "saved again" / f"{who}.csv", "Id,Time,Value\n" + "".join(lines))
        readings += rows
    return with_repeated_hour(readings)


def single_participants(folder: Path) -> Expected:
    """The name of the file says whose readings it has, against a folder's name; steps are none."""
    readings: list[Reading] = []
    for who, step, name in (
        ("ID 1003", "seconds", "ID 1003_heartrate_seconds_20231028_20231029.csv"),
        ("site_2_P-7", "1min", "site_2_P-7_heartrate_1min_20231028_20231029 (1).csv"),
    ):
        rows = series(
            who, AUTUMN, 1_500 if step == "seconds" else 300, step=10 if step == "seconds" else 60
        )
        write(
            folder / "participant_id=not-them" / "single" / name, shapes.fitabase_single(rows, ZONE)
        )
        readings += rows
    steps = shapes.fitabase_single(series("ID 1003", AUTUMN, 50), ZONE)
    for name in (
        "ID 1003_minuteSteps_20231028_20231029.csv",
        "ID 1003_restingHeartRate_20231028_20231029.csv",
        "heartrate_1min_20231028_20231029.csv",
        "P8_heartrate_variability_20231028_20231029.csv",
        "P8_heartrate_1min_merged.csv",
    ):
        write(folder / "participant_id=not-them" / "single" / name, steps)
    return with_repeated_hour(readings)


def takeout_saved_again(folder: Path) -> Expected:
    """PMData's JSON: ISO times that name no zone are local, also in the repeated hour."""
    below = folder / "participant_id=pmdata"
    night = series("pmdata", AUTUMN, 1_500, confidence=2)
    july = series("pmdata", "2023-07-01 10:00:00", 50, confidence=1)
    write(below / "heart_rate.json", shapes.takeout_json_local(night, ZONE))
    write(below / "july.json", shapes.takeout_json_local(july, ZONE, " "))
    return with_repeated_hour([*night, *july])


def with_repeated_hour(readings: list[Reading]) -> Expected:
    """Distinct readings that were written in local time, in order."""
    repeated = [
        row for row in readings if back_at(shapes.local(row, ZONE), ZONE).total_seconds() > 0
    ]
    assert len(repeated) > 100
    return Expected(sorted(readings), len(readings), repeated=len(repeated))


def write(path: Path, text: str) -> None:
    """Write a text file as it is, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


FIXTURES: tuple[Callable[[Path], Expected], ...] = (
    study_saved_again,
    single_participants,
    takeout_saved_again,
)
"""All that may lie in one folder; none of them is an error."""
