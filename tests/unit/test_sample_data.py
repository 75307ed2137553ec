"""The sample-data generator: same seed same bytes, a believable signal, each fault as described."""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
import re
import shlex
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from scripts.sample_data import __main__ as command_line
from scripts.sample_data import writers
from scripts.sample_data.signal import DAY, DEVICE_STEPS, HOUR, DayReadings, Stretch, Wearer
from tests.sample_data import faulty_files

SAMPLES = Path(__file__).parents[2] / "data" / "sample"
SAMPLE = SAMPLES / "hr.csv"
NEW_YEAR = date(2024, 1, 1)
WEEKS = [NEW_YEAR + timedelta(days=n) for n in range(28)]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command_line.main, [str(argument) for argument in arguments])


def generate(*arguments: str | Path) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.output


def seconds_apart(lines: list[bytes]) -> set[float]:
    times = [datetime.fromisoformat(line[:19].decode()) for line in lines]
    return {(later - earlier).total_seconds() for earlier, later in pairwise(times)}


# --- data/sample/ --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample_lines() -> list[bytes]:
    return SAMPLE.read_bytes().splitlines(keepends=True)


@pytest.fixture(scope="module")
def weeks() -> list[tuple[datetime, int, int]]:
    """The instant, heart rate and confidence of each reading of the weeks before."""
    content = gzip.decompress((SAMPLES / "takeout.json.gz").read_bytes())
    return [
        (
            datetime.strptime(record["dateTime"], "%m/%d/%y %H:%M:%S"),
            record["value"]["bpm"],
            record["value"]["confidence"],
        )
        for record in json.loads(content)
    ]


def test_sample_is_what_the_documented_commands_write(tmp_path: Path) -> None:
    """Of a compressed file the content: a version of zlib may compress it in another way."""
    documented = (command_line.__doc__ or "").replace("\\\n", " ")
    for command in re.findall(r"python -m scripts\.sample_data (.+)", documented):
        *arguments, output = shlex.split(command)
        if output.startswith("data/sample/"):
            generate(*arguments, tmp_path / Path(output).name)
    written, tracked = contents(tmp_path), contents(SAMPLES)
    assert sorted(written) == sorted(tracked) == ["hr.csv", "takeout.json.gz"]
    assert written == tracked


def contents(folder: Path) -> dict[str, bytes]:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {
        name: gzip.decompress(content) if name.endswith(".gz") else content
        for name, content in files.items()
    }


def test_sample_is_small_and_every_row_is_a_reading(sample_lines: list[bytes]) -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 9_000_000
    assert sample_lines[0] == b"timestamp,value\n"
    row = re.compile(rb"2024-01-0[123] \d\d:\d\d:\d\d,\d{2,3}\.\d{4}\n")
    assert all(map(row.fullmatch, sample_lines[1:]))


def test_sample_has_ordered_rows_with_a_few_gaps_and_a_workout(sample_lines: list[bytes]) -> None:
    steps = seconds_apart(sample_lines[1:])
    assert min(steps) == 1
    assert 2_700 <= max(steps) <= 5_400
    assert 0.94 < (len(sample_lines) - 1) / (3 * DAY) < 0.99
    values = [float(line.rpartition(b",")[2]) for line in sample_lines[1:]]
    assert 140 < max(values) < 180


def test_the_weeks_of_the_sample_end_where_its_days_begin(
    weeks: list[tuple[datetime, int, int]],
) -> None:
    instants = [instant for instant, *_ in weeks]
    assert instants == sorted(set(instants))
    assert instants[0].date() == date(2023, 11, 20)
    assert timedelta(0) < datetime(2024, 1, 1) - instants[-1] < timedelta(seconds=15)
    assert {confidence for *_, confidence in weeks} == {0, 1, 2, 3}


def test_the_weeks_of_the_sample_have_something_for_every_figure(
    weeks: list[tuple[datetime, int, int]],
) -> None:
    by_day: dict[date, list[int]] = {NEW_YEAR - timedelta(days=n + 1): [] for n in range(42)}
    nights: dict[date, list[int]] = {}
    for instant, bpm, _ in weeks:
        by_day[instant.date()].append(bpm)
        if 3 <= instant.hour < 5:
            nights.setdefault(instant.date(), []).append(bpm)
    assert [day for day, bpm in by_day.items() if not bpm] == [date(2023, 12, 9)]
    without_night = [day for day in by_day if day not in nights]
    assert without_night == [date(2023, 12, 21), date(2023, 12, 10), date(2023, 12, 9)]
    fever = [day for day, bpm in nights.items() if np.mean(bpm) > 66]
    assert fever == [date(2023, 12, 14), date(2023, 12, 15)]
    workouts = [day for day, bpm in by_day.items() if sum(n > 135 for n in bpm) > 600]
    assert 18 < len(workouts) < 32


# --- The signal ----------------------------------------------------------------------------------


def test_a_day_is_the_same_in_every_range() -> None:
    wearer = Wearer("P001", seed=7)
    third = list(wearer.days(NEW_YEAR, 4))[2]
    alone = wearer.readings(NEW_YEAR + timedelta(days=2))
    assert np.array_equal(third.seconds, alone.seconds)
    assert np.array_equal(third.bpm, alone.bpm)


@pytest.mark.parametrize(
    ("other", "day"),
    [
        (Wearer("P001", seed=8), NEW_YEAR),
        (Wearer("P002", seed=7), NEW_YEAR),
        (Wearer("P001", seed=7), date(2024, 1, 2)),
    ],
    ids=["seed", "participant", "day"],
)
def test_another_seed_participant_or_day_is_another_signal(other: Wearer, day: date) -> None:
    mine = Wearer("P001", seed=7).heart_rate(NEW_YEAR)
    assert np.mean(mine == other.heart_rate(day)) < 0.01


@pytest.mark.parametrize("gaps", [False, True])
def test_a_coarser_step_picks_from_the_same_readings(gaps: bool) -> None:
    wearer = Wearer("P001", seed=7)
    every = wearer.readings(NEW_YEAR, gaps=gaps)
    coarse = wearer.readings(NEW_YEAR, step=15, gaps=gaps)
    kept = every.seconds % 15 == 0
    assert np.array_equal(coarse.seconds, every.seconds[kept])
    assert np.array_equal(coarse.bpm, every.bpm[kept])


@given(seed=st.integers(0, 2**64), day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_heart_rate_stays_plausible_and_has_no_jumps(seed: int, day: date) -> None:
    wearer = Wearer("P001", seed)
    bpm = np.concatenate((wearer.heart_rate(day), wearer.heart_rate(day + timedelta(days=1))[:60]))
    assert bpm.min() > 30
    assert bpm.max() < 200
    assert np.abs(np.diff(bpm)).max() < 6


def test_a_fever_raises_the_resting_rate_smoothly_and_spares_other_days() -> None:
    well = Wearer("P001", seed=39)
    ill = Wearer("P001", seed=39, fevers=(NEW_YEAR,))
    days = [NEW_YEAR + timedelta(days=n) for n in range(-1, 2)]
    for other in (NEW_YEAR - timedelta(days=2), NEW_YEAR + timedelta(days=2)):
        assert np.array_equal(ill.heart_rate(other), well.heart_rate(other))
    assert ill.resting(NEW_YEAR) - well.resting(NEW_YEAR) > 9
    assert np.abs(np.diff(np.concatenate([ill.heart_rate(day) for day in days]))).max() < 6
    assert [ill.workout(day) for day in days[1:]] == [None, None]


def test_what_is_not_worn_has_no_readings() -> None:
    midnight = datetime(2024, 1, 2)
    away = Stretch(midnight - timedelta(hours=2), midnight + timedelta(hours=9))
    wearer = Wearer("P001", seed=39, not_worn=(away,))
    evening, morning = (wearer.readings(day).seconds for day in (NEW_YEAR, date(2024, 1, 2)))
    assert evening.max() == 22 * HOUR - 1
    assert morning.min() == 9 * HOUR
    assert len(wearer.readings(NEW_YEAR, gaps=False).seconds) == DAY


def test_a_device_writes_every_5_to_15_s_and_every_second_of_a_workout() -> None:
    wearer = Wearer("P001", seed=7)
    steps_at_rest, with_workout = set(), 0
    for date_of_day in WEEKS:
        seconds = wearer.recorded(date_of_day, gaps=False).seconds
        assert 0 <= seconds[0] < 5
        assert seconds[-1] >= DAY - 15
        if workout := wearer.workout(date_of_day):
            with_workout += 1
            end = workout.start + workout.length
            exercise = seconds[(seconds >= workout.start) & (seconds < end)]
            assert np.array_equal(exercise, np.arange(workout.start, end))
        else:
            assert 9_000 <= len(seconds) <= 11_600
            steps_at_rest |= set(np.diff(seconds).tolist())
    assert steps_at_rest == {*DEVICE_STEPS}
    assert 0 < with_workout < len(WEEKS)


def test_a_device_writes_whole_bpm_and_placeholders_where_it_felt_nothing() -> None:
    wearer = Wearer("P001", seed=7)
    for day in WEEKS:
        device = wearer.recorded(day)
        assert device.confidence is not None
        assert set(device.confidence.tolist()) == {0, 1, 2, 3}
        unfelt = device.confidence == 0
        assert 0.005 < unfelt.mean() < 0.015
        assert 0.6 < (device.bpm[unfelt] == 70).mean() < 0.95
        sensed = np.rint(wearer.heart_rate(day)[device.seconds])
        assert np.array_equal(device.bpm[~unfelt], sensed[~unfelt])
        assert wearer.worn(day)[device.seconds].all()


def test_a_device_reading_does_not_depend_on_the_step() -> None:
    wearer = Wearer("P001", seed=7)
    every, device = wearer.recorded(NEW_YEAR, step=1), wearer.recorded(NEW_YEAR)
    kept = np.isin(every.seconds, device.seconds)
    assert every.confidence is not None
    assert device.confidence is not None
    assert np.array_equal(every.seconds[kept], device.seconds)
    assert np.array_equal(every.bpm[kept], device.bpm)
    assert np.array_equal(every.confidence[kept], device.confidence)


def test_nights_are_low_and_days_higher() -> None:
    bpm = np.array([Wearer("P001", seed=7).heart_rate(day) for day in WEEKS])
    assert 50 < np.percentile(bpm[:, 2 * HOUR : 5 * HOUR], 5) < 58
    assert 52 < np.median(bpm[:, 2 * HOUR : 5 * HOUR]) < 64
    assert 70 < np.median(bpm[:, 10 * HOUR : 16 * HOUR]) < 90


def test_readings_are_autocorrelated() -> None:
    bpm = Wearer("P001", seed=7).heart_rate(NEW_YEAR)[10 * HOUR : 12 * HOUR]
    deviation = bpm - bpm.mean()
    assert np.corrcoef(deviation[:-5], deviation[5:])[0, 1] > 0.8


def test_workouts_come_a_few_a_week_and_recover() -> None:
    wearer = Wearer("P001", seed=7)
    workouts = [(day, workout) for day in WEEKS if (workout := wearer.workout(day))]
    assert 2 <= len(workouts) / 4 <= 5.5
    for day, workout in workouts:
        bpm = wearer.heart_rate(day)
        end = workout.start + workout.length
        assert 135 < bpm[workout.start : end].max() < 180
        assert bpm[end + HOUR : end + HOUR + 600].mean() < 110


def test_gaps_are_a_charge_every_few_days_and_short_dropouts() -> None:
    lengths = []
    for day in WEEKS:
        edges = np.flatnonzero(np.diff(Wearer("P001", seed=7).worn(day).astype(int)))
        lengths += np.diff(edges.reshape(-1, 2)).ravel().tolist()
    assert 4 <= sum(length > 2_700 for length in lengths) <= 16
    assert 14 <= sum(600 <= length <= 1_500 for length in lengths) <= 28
    assert sum(length <= 121 for length in lengths) > 28


def test_without_gaps_a_day_has_86400_rows_a_second_apart(tmp_path: Path) -> None:
    generate("--days", "2", "--no-gaps", "--output", tmp_path / "hr.csv")
    lines = (tmp_path / "hr.csv").read_bytes().splitlines()[1:]
    assert len(lines) == 2 * 86_400
    assert seconds_apart(lines) == {1.0}


# --- Writing -------------------------------------------------------------------------------------

readings = st.builds(
    lambda day, by_second: DayReadings(
        "P007",
        day,
        np.array(sorted(by_second), dtype=np.int64),
        np.array([by_second[second] for second in sorted(by_second)]) / 10_000,
    ),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.dictionaries(st.integers(0, DAY - 1), st.integers(0, 9_999_999), min_size=1, max_size=20),
)


@given(readings)
def test_hr_rows_are_what_python_would_format(day: DayReadings) -> None:
    midnight = datetime.combine(day.day, datetime.min.time())
    expected = "".join(
        f"{midnight + timedelta(seconds=int(second))},{bpm:.4f}\n"
        for second, bpm in zip(day.seconds, day.bpm, strict=True)
    )
    assert writers.hr_rows(day).decode() == expected


@given(readings)
def test_fitabase_rows_read_back(day: DayReadings) -> None:
    whole = DayReadings(day.participant, day.day, day.seconds, np.minimum(day.bpm, 999.0))
    rows = writers.fitabase_rows(whole).decode()
    assert rows.endswith("\r\n")
    assert not re.search(r"[,/ ]0\d", rows)
    midnight = datetime.combine(day.day, datetime.min.time())
    parsed = [
        (name, (datetime.strptime(time, "%m/%d/%Y %I:%M:%S %p") - midnight).seconds, int(value))
        for name, time, value in csv.reader(rows.splitlines())
    ]
    expected = zip(day.seconds.tolist(), np.rint(whole.bpm).tolist(), strict=True)
    assert parsed == [("P007", second, bpm) for second, bpm in expected]


def test_appending_days_gives_the_file_of_the_whole_range(tmp_path: Path) -> None:
    whole, grown = tmp_path / "whole.csv", tmp_path / "grown.csv"
    generate("--days", "4", "--step", "10", "--output", whole)
    generate("--days", "1", "--step", "10", "--output", grown)
    generate("--days", "2", "--step", "10", "--append", "--output", grown)
    generate("--days", "1", "--step", "10", "--append", "--output", grown)
    assert grown.read_bytes() == whole.read_bytes()


def test_each_participant_has_a_folder_and_can_be_appended_to(tmp_path: Path) -> None:
    common = ("--participants", "2", "--step", "60", "--output", tmp_path / "study")
    generate("--days", "2", *common)
    generate("--days", "1", "--append", *common)
    files = sorted((tmp_path / "study").rglob("*.*"))
    assert [str(file.relative_to(tmp_path / "study")) for file in files] == [
        "participant_id=P001/hr.csv",
        "participant_id=P002/hr.csv",
    ]
    first, second = (file.read_bytes() for file in files)
    assert first != second
    assert {line[:10] for line in second.splitlines()[1:]} == {
        b"2024-01-01",
        b"2024-01-02",
        b"2024-01-03",
    }


def test_fitabase_holds_all_participants_in_one_file(tmp_path: Path) -> None:
    generate("--layout", "fitabase", "--participants", "3", "--step", "60", "--output", tmp_path)
    (file,) = tmp_path.iterdir()
    header, *rows = file.read_bytes().splitlines(keepends=True)
    assert header == b"Id,Time,Value\r\n"
    assert {row[:5] for row in rows} == {b"P001,", b"P002,", b"P003,"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--step", "7"], "does not divide a day"),
        (["--append"], "does not exist"),
        (["--append", "--start", "2024-01-01"], "without --start"),
        (["--append", "--layout", "fitabase"], "hr layout"),
        (["--append", "--gzip"], "plain files"),
        (["--step", "often"], "neither a number of seconds nor device"),
        (["--timezone", "Mars/Olympus", "--layout", "fitabase"], "is no time zone"),
        (["--timezone", "Europe/Berlin"], "the hr layout is in UTC"),
        (
            ["--timezone", "Europe/Berlin", "--layout", "google-health-json"],
            "the google-health-json layout is in UTC",
        ),
        (["--data-source", "watch"], "goes with takeout-csv"),
        (["--time-range", "08:00-09:00"], "goes with intraday-json"),
        (["--time-range", "8-9", "--layout", "intraday-json"], "is not a time range"),
        (["--not-worn", "2024-01-01T08:00"], "is not 2023"),
        (["--not-worn", "2024-01-01T08:00/2024-01-01T08:00"], "ends before it begins"),
        (["--not-worn", "2024-01-01T08:00Z/2024-01-01T09:00Z"], "have no zone"),
        (["--fever", "yesterday"], "does not match"),
        (["--archive", "all.zip"], "either --output or --archive"),
        (["--layout", "hr", "--layout", "fitabase"], "several layouts need a folder"),
    ],
)
def test_wrong_usage_says_what_is_wrong(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--output", tmp_path / "hr.csv")
    assert result.exit_code != 0
    assert words in result.output
    assert not list(tmp_path.iterdir())


def test_an_archive_is_not_packed_twice(tmp_path: Path) -> None:
    result = run("--gzip", "--archive", tmp_path / "all.zip")
    assert result.exit_code != 0
    assert "packed already" in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"timestamp,value\n", b"2024-01-01 00:00:00,61.2"])
def test_append_refuses_a_file_that_ends_in_no_whole_row(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hr.csv"
    path.write_bytes(content)
    result = run("--append", "--output", path)
    assert result.exit_code == 1
    assert "cannot append" in result.output
    assert path.read_bytes() == content


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    def failing() -> DayReadings:
        raise OSError("disk full")

    path = tmp_path / "hr.csv"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="disk full"):
        writers.write(path, writers.HR, (failing() for _ in range(1)))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# --- Faults --------------------------------------------------------------------------------------


@pytest.fixture
def three_days(tmp_path: Path) -> Path:
    path = tmp_path / "hr.csv"
    generate("--days", "3", "--step", "900", "--no-gaps", "--output", path)
    return path


@pytest.fixture
def clean(three_days: Path) -> list[bytes]:
    return three_days.read_bytes().splitlines()


@pytest.fixture
def rng() -> random.Random:
    return random.Random(5)


def is_reading(line: bytes) -> bool:
    """A slow and strict reader of one line, to check the faults against."""
    if len(line) > 2_000_000 or b"\0" in line or line.count(b'"') % 2:
        return False
    try:
        time, value = next(csv.reader([line.decode()]))
        datetime.strptime(time, "%Y-%m-%d %H:%M:%S")
        bpm = float(value)
    except ValueError:
        return False
    return math.isfinite(bpm) and 0 < bpm <= 300


@pytest.mark.parametrize(
    "fault", faulty_files.BAD_LINES, ids=[fault.name for fault in faulty_files.BAD_LINES]
)
def test_a_bad_line_is_one_line_and_no_reading(fault: faulty_files.Fault) -> None:
    assert not is_reading(fault.raw_line)
    assert b"\n" not in fault.raw_line
    assert fault.reason_hint


@pytest.mark.parametrize(
    "odd", faulty_files.ODD_LINES, ids=[odd.name for odd in faulty_files.ODD_LINES]
)
def test_an_odd_line_is_a_reading_of_its_value(odd: faulty_files.OddLine) -> None:
    assert is_reading(odd.raw_line)
    assert float(next(csv.reader([odd.raw_line.decode()]))[1]) == odd.value


def test_names_of_lines_are_distinct() -> None:
    names = [bad.name for bad in faulty_files.BAD_LINES] + [
        odd.name for odd in faulty_files.ODD_LINES
    ]
    assert len(set(names)) == len(names)


def test_faults_repeat_with_the_same_seed(three_days: Path) -> None:
    clean = three_days.read_bytes()
    faulty_files.shuffle_rows(three_days, random.Random(3))
    once = three_days.read_bytes()
    three_days.write_bytes(clean)
    faulty_files.shuffle_rows(three_days, random.Random(3))
    assert three_days.read_bytes() == once


@pytest.mark.parametrize("seed", range(20))
def test_insert_line_puts_it_between_rows(three_days: Path, clean: list[bytes], seed: int) -> None:
    three_days.write_bytes(b"\n".join([*clean[:4], b""]))
    number = faulty_files.insert_line(three_days, b"no reading", random.Random(seed))
    lines = three_days.read_bytes().splitlines()
    assert 2 <= number < len(lines)
    assert lines.pop(number - 1) == b"no reading"
    assert lines == clean[:4]


def test_late_rows_stand_behind_later_ones(
    three_days: Path, clean: list[bytes], rng: random.Random
) -> None:
    late = faulty_files.append_late_rows(three_days, 10, rng)
    lines = three_days.read_bytes().splitlines()
    assert lines[-10:] == late
    assert lines[-11] == clean[-1] > max(late)
    assert sorted(lines) == sorted(clean)


def test_withheld_rows_can_be_put_back(
    three_days: Path, clean: list[bytes], rng: random.Random
) -> None:
    withheld = faulty_files.withhold_rows(three_days, 10, rng)
    assert three_days.read_bytes().splitlines() == [row for row in clean if row not in withheld]
    assert clean[-1] not in withheld
    faulty_files.insert_rows(three_days, withheld)
    assert three_days.read_bytes().splitlines() == clean


@pytest.mark.parametrize("day", [None, date(2024, 1, 2), date(2024, 1, 3)])
def test_forgotten_day(three_days: Path, clean: list[bytes], day: date | None) -> None:
    forgotten = faulty_files.forget_day(three_days, day)
    assert {row[:10].decode() for row in forgotten} == {str(day or "2024-01-02")}
    assert len(forgotten) == DAY // 900
    assert three_days.read_bytes().splitlines() == [row for row in clean if row not in forgotten]


def test_correction_in_place_cannot_be_seen_from_outside(
    three_days: Path, clean: list[bytes], rng: random.Random
) -> None:
    before = three_days.stat()
    change = faulty_files.correct_in_place(three_days, rng)
    after = three_days.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    lines = three_days.read_bytes().splitlines()
    changed = [n for n, (old, new) in enumerate(zip(clean, lines, strict=True), 1) if old != new]
    assert changed == [change.line_number]
    assert change.before == clean[change.line_number - 1]
    assert change.after == lines[change.line_number - 1]
    assert change.before[:20] == change.after[:20]
    assert is_reading(change.after)


@pytest.mark.parametrize("other_value", [False, True])
def test_repeated_reading(
    three_days: Path, clean: list[bytes], rng: random.Random, other_value: bool
) -> None:
    repeated = faulty_files.repeat_reading(three_days, rng, other_value=other_value)
    lines = three_days.read_bytes().splitlines()
    assert lines[repeated.line_number - 2] == repeated.before
    assert repeated.before[:20] == repeated.after[:20]
    assert (float(repeated.before[20:]) != float(repeated.after[20:])) is other_value
    assert lines.pop(repeated.line_number - 1) == repeated.after
    assert lines == clean


def test_shuffled_rows(three_days: Path, clean: list[bytes], rng: random.Random) -> None:
    faulty_files.shuffle_rows(three_days, rng)
    lines = three_days.read_bytes().splitlines()
    assert lines[0] == clean[0]
    assert lines != clean
    assert sorted(lines) == sorted(clean)


def test_last_newline_cut(three_days: Path, clean: list[bytes]) -> None:
    assert faulty_files.cut_last_newline(three_days) == clean[-1]
    assert three_days.read_bytes() == b"\n".join(clean)


def test_last_row_cut(three_days: Path, clean: list[bytes], rng: random.Random) -> None:
    left = faulty_files.cut_last_row(three_days, rng)
    assert clean[-1].startswith(left)
    assert 0 < len(left) < len(clean[-1])
    assert three_days.read_bytes() == b"\n".join([*clean[:-1], left])


def test_changes_of_the_whole_file(three_days: Path, clean: list[bytes]) -> None:
    content = three_days.read_bytes()

    def after(change: Callable[[Path], None]) -> bytes:
        three_days.write_bytes(content)
        change(three_days)
        return three_days.read_bytes()

    assert after(faulty_files.add_title_line) == b"Heart rate of one participant\n" + content
    assert after(faulty_files.add_byte_order_mark).decode("utf-8-sig").encode() == content
    assert after(faulty_files.add_blank_last_line) == content + b"\n"
    assert after(faulty_files.use_crlf).split(b"\r\n") == [*clean, b""]
    tabbed = after(faulty_files.use_tabs)
    assert b"," not in tabbed
    assert tabbed.replace(b"\t", b",") == content
    quoted = after(faulty_files.quote_values)
    assert quoted.count(b'"') == 2 * (len(clean) - 1)
    assert [
        f"{time},{value}".encode() for time, value in csv.reader(quoted.decode().splitlines())
    ] == clean
