"""Fixtures of files as people and their programs save them again, and what they should give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.formats import shapes
from tests.formats.local_times import back_at
from tests.formats.readings import Expected, Reading, expect, series

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


LOCAL_FILES: dict[str, tuple[str, str]] = {
    "datetime.csv": ("datetime,value", "{time:%Y-%m-%d %H:%M:%S},{bpm}"),
    "time.csv": ("Time,Heart Rate", "{time:%Y-%m-%dT%H:%M:%S},{bpm}"),
    "timestamp.csv": ("timestamp,bpm", '"{time:%Y-%m-%d %H:%M:%S}","{bpm}"'),
    "of google.csv": ("time,beatsPerMinute", "{time:%Y-%m-%d %H:%M:%S},{bpm}"),
    "columns.csv": ("date,time,value", "{time:%Y-%m-%d},{time:%H:%M:%S},{bpm}"),
    "index.csv": (",datetime,heart_rate", "{n},{time:%Y-%m-%d %H:%M},{bpm}"),
    "unnamed.csv": ("Unnamed: 0,date,time,BPM", "{n},{time:%Y-%m-%d},{time:%H:%M:%S},{bpm}"),
    "german.csv": ("index;datetime;heart-rate", "{n};{time:%Y-%m-%d %H:%M:%S};{comma}"),
    "tabs.csv": (
        "\tdate\ttime\tbeatsPerMinute",
        "{n}\t{time:%Y-%m-%d}\t{time:%H:%M:%S}\t{comma}",
    ),
}
"""Header and row; `comma` is the value with a decimal comma."""

INSTANT_FILES: dict[str, tuple[str, str]] = {
    "zulu.csv": ("datetime,value", "{utc:%Y-%m-%dT%H:%M:%SZ},{bpm}"),
    "offset.csv": ("timestamp,BPM", "{aware},{bpm}"),
    "columns.csv": ("date;time;bpm", "{utc:%Y-%m-%d};{utc:%H:%M:%S}Z;{comma}"),
    "seconds.csv": ("time,heart_rate", "{seconds:.0f},{bpm}"),
    "seconds of hr.csv": ("timestamp,value", "{seconds:.0f},{bpm}"),
    "milliseconds of hr.csv": ("timestamp;heart_rate", "{seconds:.0f}000;{comma}"),
    "fraction.csv": ("time;heart_rate", "{seconds:.0f},0;{comma}"),
    "milliseconds.csv": ("Index,timestamp,heart rate", "{n},{seconds:.0f}000,{bpm}"),
    "hr again.csv": (",timestamp,value", "{n},{utc:%Y-%m-%d %H:%M:%S},{bpm}"),
}


def in_any_form(header: str, row: str, readings: list[Reading]) -> str:
    """A file with these columns."""
    lines = [
        row.format(
            n=n,
            time=shapes.local(reading, ZONE),
            utc=reading.timestamp,
            aware=reading.timestamp.astimezone(ZONE).isoformat(),
            seconds=reading.timestamp.timestamp(),
            bpm=reading.value,
            comma=str(reading.value).replace(".", ","),
        )
        for n, reading in enumerate(readings)
    ]
    return "".join(f"{line}\n" for line in [header, *lines])


def any_csv_with_local_times(folder: Path) -> Expected:
    """Local times under any names, an hour of a July day each, and the autumn night."""
    readings = series("any-local", AUTUMN, 1_500)
    below = folder / "participant_id=any-local"
    write(below / "night.csv", in_any_form(*LOCAL_FILES["datetime.csv"], readings))
    for hour, (name, (header, row)) in enumerate(LOCAL_FILES.items()):
        rows = half_beats(series("any-local", f"2023-07-01 {hour:02d}:00:00", 50, step=60))
        write(below / name, in_any_form(header, row, rows))
        readings += rows
    return with_repeated_hour(readings)


def any_csv_with_instants(folder: Path) -> Expected:
    """Instants under any names and in any form, an hour of a July day each; other quantities."""
    below = folder / "participant_id=any-instants"
    readings: list[Reading] = []
    for hour, (name, (header, row)) in enumerate(INSTANT_FILES.items()):
        rows = half_beats(series("any-instants", f"2023-07-01 {hour:02d}:00:00", 50, step=60))
        write(below / name, in_any_form(header, row, rows))
        readings += rows
    rows = series("any-instants", "2023-07-02 00:00:00", 50)
    text = in_any_form(*INSTANT_FILES["zulu.csv"], rows)
    below.joinpath("utf-16.csv").write_bytes(text.encode("utf-16"))
    for name, header in (
        ("steps.csv", "datetime,value"),
        ("resting_heart_rate.csv", "datetime,bpm"),
        ("any.csv", "time,value"),
        ("mood.csv", "datetime,mood"),
        ("source.csv", "datetime,bpm,source"),
    ):
        write(below / "others" / name, in_any_form(header, "{utc:%Y-%m-%dT%H:%M:%SZ},7", rows))
    return expect([*readings, *rows])


def half_beats(readings: list[Reading]) -> list[Reading]:
    """The same with a fraction, to write with a point or a comma."""
    return [reading._replace(value=reading.value + 0.5) for reading in readings]


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
    any_csv_with_local_times,
    any_csv_with_instants,
)
"""All that may lie in one folder; none of them is an error."""
