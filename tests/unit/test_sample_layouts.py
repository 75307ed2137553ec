"""The made-up Takeouts, studies and archived answers: real shapes, one signal in all of them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from scripts.sample_data.__main__ import main
from scripts.sample_data.local_time import local_days
from scripts.sample_data.signal import Wearer

Value = tuple[datetime, int]
TAKEOUT_JSON = "Takeout/Fitbit/Global Export Data"
TAKEOUT_CSV = "Takeout/Fitbit/Physical Activity_GoogleData"

# (zone, the local day on which the clock goes back, that on which it goes forward)
CHANGES = [
    ("Europe/Berlin", date(2023, 10, 29), date(2023, 3, 26)),
    ("America/New_York", date(2023, 11, 5), date(2023, 3, 12)),
    ("Australia/Lord_Howe", date(2023, 4, 2), date(2023, 10, 1)),
    ("Australia/Adelaide", date(2023, 4, 2), date(2023, 10, 1)),
]


def generate(*arguments: str | Path) -> None:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def json_readings(content: bytes) -> list[Value]:
    """A slow reader of one Takeout JSON file."""
    return [
        (
            datetime.strptime(record["dateTime"], "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC),
            record["value"]["bpm"],
        )
        for record in json.loads(content)
    ]


def csv_readings(content: bytes) -> list[Value]:
    """A slow reader of one Takeout CSV file."""
    return [
        (datetime.fromisoformat(row["timestamp"]), int(float(row["beats per minute"])))
        for row in csv.DictReader(io.StringIO(content.decode()))
    ]


def in_real_time(rows: Iterable[tuple[datetime, int]], zone: ZoneInfo) -> list[Value]:
    """Instants of local times that rise in real time: a step back is the clock's own."""
    instants: list[Value] = []
    fold = 0
    previous = datetime.min
    for local, bpm in rows:
        if local < previous:
            fold = 1
        previous = local
        instants.append((local.replace(tzinfo=zone, fold=fold).astimezone(UTC), bpm))
    return instants


def recorded(zone: str, start: date, days: int) -> list[Value]:
    """What the wearer's device wrote down in these local days, from the signal alone."""
    wearer = Wearer("P001", 1)
    begin = datetime.combine(start, datetime.min.time(), ZoneInfo(zone))
    end = datetime.combine(start + timedelta(days=days), datetime.min.time(), ZoneInfo(zone))
    found = []
    for number in range(-1, days + 1):
        device = wearer.recorded(start + timedelta(days=number))
        midnight = datetime.combine(device.day, datetime.min.time(), UTC)
        for second, bpm in zip(device.seconds.tolist(), device.bpm.tolist(), strict=True):
            if begin <= (instant := midnight + timedelta(seconds=second)) < end:
                found.append((instant, int(bpm)))
    return found


@pytest.mark.parametrize(("zone", "back", "forward"), CHANGES, ids=[zone for zone, *_ in CHANGES])
def test_every_layout_holds_the_same_readings(
    tmp_path: Path, zone: str, back: date, forward: date
) -> None:
    for day in (back, forward):
        folder = tmp_path / str(day)
        layouts = ("takeout-json", "takeout-csv", "fitabase", "intraday-json")
        generate(
            *(f"--layout={layout}" for layout in layouts),
            *("--step", "device", "--start", str(day), "--timezone", zone, "--output", folder),
        )
        truth = recorded(zone, day, 1)
        files = contents(folder)
        assert json_readings(files[f"{TAKEOUT_JSON}/heart_rate-{day}.json"]) == truth
        assert csv_readings(files[f"{TAKEOUT_CSV}/heart_rate_{day}.csv"]) == truth
        study = csv.DictReader(io.StringIO(files["heartrate_seconds_merged.csv"].decode()))
        local = [
            (datetime.strptime(row["Time"], "%m/%d/%Y %I:%M:%S %p"), int(row["Value"]))
            for row in study
        ]
        assert in_real_time(local, ZoneInfo(zone)) == truth
        answer = json.loads(files[f"intraday/heart-rate-{day}.json"])
        (head,) = answer["activities-heart"]
        dataset = answer["activities-heart-intraday"]["dataset"]
        local = [
            (datetime.fromisoformat(f"{head['dateTime']} {row['time']}"), row["value"])
            for row in dataset
        ]
        assert in_real_time(local, ZoneInfo(zone)) == truth


@pytest.mark.parametrize(("zone", "back", "forward"), CHANGES, ids=[zone for zone, *_ in CHANGES])
def test_local_times_come_twice_in_autumn_and_are_missing_in_spring(
    zone: str, back: date, forward: date
) -> None:
    shift = 1_800 if zone == "Australia/Lord_Howe" else 3_600
    autumn, spring = (
        next(local_days(Wearer("P001", 1).recorded, ZoneInfo(zone), day, 1)).wall_clock().seconds
        for day in (back, forward)
    )
    backward = [(a, b) for a, b in pairwise(autumn.tolist()) if b < a]
    assert len(backward) == 1
    assert shift - 15 <= backward[0][0] - backward[0][1] < shift
    jumps = [(a, b) for a, b in pairwise(spring.tolist()) if b - a > shift]
    assert len([1 for a, b in jumps if a < 4 * 3_600]) == 1
    assert autumn.max() < 86_400
    assert spring.max() < 86_400


def test_takeout_json_is_spaced_as_the_export_spaces_it(tmp_path: Path) -> None:
    generate("--layout", "takeout-json", "--start", "2015-05-18", "--output", tmp_path)
    (content,) = contents(tmp_path).values()
    (first, bpm), *_ = json_readings(content)
    confidence = json.loads(content)[0]["value"]["confidence"]
    assert content.startswith(
        f'[{{\n  "dateTime" : "{first:%m/%d/%y %H:%M:%S}",\n  "value" : {{\n    "bpm" : {bpm},\n'
        f'    "confidence" : {confidence}\n  }}\n}},{{\n  "dateTime" : '.encode()
    )
    assert content.endswith(b"\n  }\n}]")


def test_a_document_has_the_days_of_a_takeout_one_after_the_other(tmp_path: Path) -> None:
    generate(
        *("--layout", "takeout-json", "--layout", "takeout-document", "--days", "3"),
        *("--not-worn", "2024-01-01T23:00/2024-01-03T01:00", "--output", tmp_path),
    )
    files = contents(tmp_path)
    document = json.loads(files.pop("heart_rate.json"))
    assert document == [record for day in files.values() for record in json.loads(day)]
    empty = ("--not-worn", "2024-01-01T00:00/2024-01-02T00:00", "--output", tmp_path / "none.json")
    generate("--layout", "takeout-document", *empty)
    assert (tmp_path / "none.json").read_bytes() == b"[]"


def test_takeout_days_are_the_wearers_own(tmp_path: Path) -> None:
    generate(
        *("--layout", "takeout-json", "--days", "2", "--start", "2024-01-01"),
        *("--timezone", "Australia/Brisbane", "--output", tmp_path),
    )
    assert [
        {f"{instant:%d %H}" for instant, _ in json_readings(content)}
        >= {f"{first} 14", f"{last} 13"}
        for content, first, last in zip(
            contents(tmp_path).values(), ("31", "01"), ("01", "02"), strict=True
        )
    ] == [True, True]


def test_takeout_csv_with_a_data_source(tmp_path: Path) -> None:
    generate("--layout", "takeout-csv", "--data-source", "Charge 5", "--output", tmp_path)
    (content,) = contents(tmp_path).values()
    header, first, *_ = content.split(b"\n")
    assert header == b"timestamp,beats per minute,data source"
    assert first.startswith(b"2024-01-01T00:00:0")
    assert first.endswith(b".0,Charge 5")


def test_hr_csv_of_a_device_holds_the_takeouts_readings(tmp_path: Path) -> None:
    both = ("--layout", "hr", "--layout", "takeout-json", "--days", "2", "--output", tmp_path)
    generate("--step", "device", *both)
    files = contents(tmp_path)
    rows = csv.DictReader(io.StringIO(files.pop("hr.csv").decode()))
    device = [
        (datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), float(row["value"]))
        for row in rows
    ]
    assert device == [row for content in files.values() for row in json_readings(content)]


def test_google_health_pages_hold_the_takeouts_readings_newest_first(tmp_path: Path) -> None:
    layouts = ("--layout", "google-health-json", "--layout", "takeout-json")
    generate(*layouts, "--days", "2", "--output", tmp_path)
    pages = {
        path: json.loads(content)
        for path, content in contents(tmp_path).items()
        if path.startswith("google-health/")
    }
    found = []
    for day in ("2024-01-01", "2024-01-02"):
        of_day = [page for path, page in pages.items() if day in path]
        assert [len(page["dataPoints"]) for page in of_day[:-1]] == [5_000] * (len(of_day) - 1)
        assert ["nextPageToken" in page for page in of_day] == [True] * (len(of_day) - 1) + [False]
        samples = [point["heartRate"] for page in of_day for point in page["dataPoints"]]
        found += [
            (
                datetime.fromisoformat(sample["sampleTime"]["physicalTime"]),
                int(sample["beatsPerMinute"]),
            )
            for sample in reversed(samples)
        ]
    takeout = [
        reading
        for path, content in contents(tmp_path).items()
        if path.startswith(TAKEOUT_JSON)
        for reading in json_readings(content)
    ]
    assert found == takeout


def test_numeric_ids_are_ten_digits_and_distinct(tmp_path: Path) -> None:
    generate(
        *("--layout", "fitabase", "--participants", "20", "--numeric-ids", "--step", "3600"),
        *("--output", tmp_path / "merged.csv"),
    )
    rows = csv.DictReader(io.StringIO((tmp_path / "merged.csv").read_bytes().decode()))
    ids = list(dict.fromkeys(row["Id"] for row in rows))
    assert ids[0] == "2022484408"
    assert len(ids) == 20
    assert all(len(name) == 10 and name.isdecimal() for name in ids)


def test_answers_for_a_time_range(tmp_path: Path) -> None:
    day = ("--layout", "intraday-json", "--timezone", "Europe/Berlin")
    generate(*day, "--output", tmp_path / "day")
    generate(*day, "--time-range", "08:00-08:30", "--output", tmp_path / "part")
    (whole,) = map(json.loads, contents(tmp_path / "day").values())
    (part,) = map(json.loads, contents(tmp_path / "part").values())
    rows = whole["activities-heart-intraday"]["dataset"]
    kept = [row for row in rows if "08:00:00" <= row["time"] <= "08:30:00"]
    assert 100 < len(kept) < len(rows)
    assert part["activities-heart-intraday"] == {
        "dataset": kept,
        "datasetInterval": 1,
        "datasetType": "second",
    }
    (head,) = part["activities-heart"]
    assert head["dateTime"] == "2024-01-01"
    mean = sum(row["value"] for row in kept) / len(kept)
    assert head["value"] == f"{mean:.2f}"
    (head,) = whole["activities-heart"]
    assert 50 < head["value"]["restingHeartRate"] < 62
    zones = head["value"]["heartRateZones"]
    assert [zone["name"] for zone in zones] == ["Out of Range", "Fat Burn", "Cardio", "Peak"]
    assert 1_435 < sum(zone["minutes"] for zone in zones) < 1_445


def test_siblings_are_many_and_hold_no_heart_rate(tmp_path: Path) -> None:
    generate("--layout", "takeout-siblings", "--days", "40", "--output", tmp_path)
    files = contents(tmp_path)
    assert len([name for name in files if "heart_rate" in name]) == 40 + 1 + 1
    for name, content in files.items():
        if name.endswith(".json"):
            records = json.loads(content)
            assert records, name
            assert b'"bpm"' not in content
    resting = json.loads(files[f"{TAKEOUT_JSON}/resting_heart_rate-2024-01-01.json"])
    assert [record["value"]["date"] for record in resting[:2]] == [None, "01/02/24"]
    zones = json.loads(files[f"{TAKEOUT_JSON}/time_in_heart_rate_zones-2024-01-09.json"])
    assert sum(zones[0]["value"]["valuesInZones"].values()) == 1_440
    steps = json.loads(files[f"{TAKEOUT_JSON}/steps-2024-01-31.json"])
    assert steps[0] == {"dateTime": "01/31/24 00:00:00", "value": "0"}
    assert len(steps) == 10 * 1_440


def test_siblings_daily_resting_rates_have_the_header_of_heart_rate(tmp_path: Path) -> None:
    both = ("--layout", "takeout-siblings", "--layout", "takeout-csv")
    generate(*both, "--days", "3", "--output", tmp_path)
    files = contents(tmp_path)
    resting = files[f"{TAKEOUT_CSV}/daily_resting_heart_rate.csv"].splitlines()
    daily = files[f"{TAKEOUT_CSV}/heart_rate_2024-01-01.csv"].splitlines()
    assert resting[0] == daily[0]
    assert len(resting) == 1 + 3


@pytest.mark.parametrize("layout", ["hr", "fitabase", "takeout-json", "takeout-siblings"])
def test_packed_files_hold_what_plain_ones_do(tmp_path: Path, layout: str) -> None:
    same = ("--layout", layout, "--days", "2", "--participants", "2", "--step", "60")
    generate(*same, "--output", tmp_path / "plain")
    generate(*same, "--gzip", "--output", tmp_path / "packed")
    for name in ("once.zip", "twice.zip"):
        generate(*same, "--archive", tmp_path / name)
    plain = contents(tmp_path / "plain")
    assert plain
    packed = contents(tmp_path / "packed")
    assert {name: gzip.decompress(content) for name, content in packed.items()} == {
        f"{name}.gz": content for name, content in plain.items()
    }
    with zipfile.ZipFile(tmp_path / "once.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == plain
    assert (tmp_path / "once.zip").read_bytes() == (tmp_path / "twice.zip").read_bytes()


def test_participants_have_folders_with_a_takeout_in_each(tmp_path: Path) -> None:
    generate(
        "--layout", "takeout-json", "--participants", "2", "--step", "60", "--output", tmp_path
    )
    first, second = contents(tmp_path).items()
    assert first[0] == f"participant_id=P001/{TAKEOUT_JSON}/heart_rate-2024-01-01.json"
    assert second[0] == f"participant_id=P002/{TAKEOUT_JSON}/heart_rate-2024-01-01.json"
    assert first[1] != second[1]
