"""The fixtures are right by themselves: the rule on local times, the nights, what files hold."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scripts.sample_data.local_time import local_days
from scripts.sample_data.signal import Wearer
from tests.formats import fixtures, naive, nights, shapes
from tests.formats.local_times import Kind, Resolved, back_at, resolve
from tests.formats.readings import (
    HR_CSV,
    TAKEOUT_CSV,
    TAKEOUT_JSON,
    Expected,
    Reading,
    in_file,
    last_wins,
    series,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = list(nights.NIGHTS)


def berlin(*times: str) -> list[datetime]:
    return [datetime.fromisoformat(f"2023-10-29 {time}") for time in times]


def study_times(content: bytes, participant: str) -> list[datetime]:
    """The local times of one participant in a Fitabase file, in its order."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    return [
        datetime.strptime(row["Time"], "%m/%d/%Y %I:%M:%S %p")
        for row in rows
        if row["Id"] == participant
    ]


def kinds(resolved: list[Resolved]) -> Counter[Kind]:
    return Counter(each.kind for each in resolved)


# --- The rule on local times ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "time", "minutes"),
    [
        ("Europe/Berlin", "2023-10-29 02:00:00", 60),
        ("Europe/Berlin", "2023-10-29 02:59:59", 60),
        ("Europe/Berlin", "2023-10-29 03:00:00", 0),
        ("Europe/Berlin", "2023-10-29 01:59:59", 0),
        ("Europe/Berlin", "2023-03-26 02:30:00", -60),
        ("Europe/Berlin", "2023-03-26 03:00:00", 0),
        ("America/New_York", "2023-11-05 01:30:00", 60),
        ("America/New_York", "2023-03-12 02:30:00", -60),
        ("Australia/Lord_Howe", "2023-04-02 01:30:00", 30),
        ("Australia/Lord_Howe", "2023-04-02 01:29:59", 0),
        ("Australia/Lord_Howe", "2023-10-01 02:29:59", -30),
        ("Australia/Adelaide", "2023-04-02 02:30:00", 60),
        ("UTC", "2023-04-02 02:30:00", 0),
    ],
)
def test_which_times_come_twice_or_never(zone: str, time: str, minutes: int) -> None:
    shown = back_at(datetime.fromisoformat(time), ZoneInfo(zone))
    assert shown == timedelta(minutes=minutes)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("season", [0, 1], ids=["autumn", "spring"])
def test_a_night_in_order_resolves_to_its_true_instants(zone: str, season: int) -> None:
    night = nights.NIGHTS[zone][season]
    truth = night.readings("somebody")
    shift = 30 if zone == "Australia/Lord_Howe" else 60
    resolved = resolve([shapes.local(reading, night.zone) for reading in truth], night.zone)
    assert [each.instant for each in resolved] == [reading.timestamp for reading in truth]
    hours = 12 + (shift if season == 0 else -shift) / 60
    in_a_workout = 70 * 60
    assert hours * 3_600 / 11 < len(truth) < hours * 3_600 / 7 + in_a_workout
    found = kinds(resolved)
    assert found.keys() == ({Kind.ONCE, Kind.REPEATED} if season == 0 else {Kind.ONCE})
    if season == 0:
        assert shift * 60 * 2 / 11 < found[Kind.REPEATED] < shift * 60 * 2 / 7


@pytest.mark.parametrize("zone", ZONES)
def test_nights_are_the_signal_of_the_generator(zone: str) -> None:
    for night in nights.NIGHTS[zone]:
        wearer = Wearer("somebody", seed=7)
        evening = night.morning - timedelta(days=1)
        generated = {}
        days = local_days(lambda day: wearer.recorded(day, gaps=False), night.zone, evening, 2)  # noqa: B023
        for day in days:
            for instant, bpm in zip(day.instants().tolist(), day.wall_clock().bpm, strict=True):
                generated[datetime.fromtimestamp(instant, UTC)] = bpm
        truth = night.readings("somebody")
        assert all(generated[reading.timestamp] == reading.value for reading in truth)
        inside = [t for t in generated if truth[0].timestamp <= t <= truth[-1].timestamp]
        assert len(inside) == len(truth)
        local = [shapes.local(reading, night.zone) for reading in (truth[0], truth[-1])]
        assert [f"{time:%H:%M}" for time in local] == ["20:00", "07:59"]


def test_times_passed_once_are_ambiguous_and_early() -> None:
    resolved = resolve(berlin("01:59:55", "02:00:05", "02:59:55", "03:00:05"), BERLIN)
    assert [each.kind for each in resolved] == [
        *(Kind.ONCE, Kind.AMBIGUOUS, Kind.AMBIGUOUS, Kind.ONCE)
    ]
    assert [f"{each.instant:%H:%M:%S}" for each in resolved] == [
        *("23:59:55", "00:00:05", "00:59:55", "02:00:05")
    ]


@pytest.mark.parametrize(("back", "told"), [(29, False), (30, True), (59, True)])
def test_half_of_the_repeated_hour_back_is_the_clocks_own_step(back: int, told: bool) -> None:
    first = datetime(2023, 10, 29, 2, 59)
    resolved = resolve([first, first - timedelta(minutes=back)], BERLIN)
    assert {each.kind for each in resolved} == {Kind.REPEATED if told else Kind.AMBIGUOUS}
    assert resolved[0].instant == datetime(2023, 10, 29, 0, 59, tzinfo=UTC)
    hour = timedelta(hours=1 if told else 0)
    assert resolved[1].instant == resolved[0].instant - timedelta(minutes=back) + hour


def test_another_visit_to_the_hour_begins_anew() -> None:
    passed = berlin("02:00:00", "02:59:50", "02:00:05", "02:59:55")
    resolved = resolve([*passed, *berlin("12:00:00"), *passed], BERLIN)
    assert resolved[:4] == resolved[5:]


def test_times_that_never_were_are_shifted_forward() -> None:
    (resolved,) = resolve([datetime(2023, 3, 26, 2, 30)], BERLIN)
    assert resolved == Resolved(datetime(2023, 3, 26, 1, 30, tzinfo=UTC), Kind.NEVER)
    assert f"{resolved.instant.astimezone(BERLIN):%H:%M}" == "03:30"


def test_no_time_is_dropped_whatever_the_order() -> None:
    night = nights.NIGHTS["Europe/Berlin"][0]
    times = [shapes.local(reading, night.zone) for reading in night.readings("somebody")]
    random.Random(1).shuffle(times)
    resolved = resolve(times, night.zone)
    assert [each.instant.astimezone(night.zone).replace(tzinfo=None) for each in resolved] == times


# --- Which row wins ------------------------------------------------------------------------------


def test_the_last_row_in_the_order_of_rank_path_and_line_wins() -> None:
    (one,) = series("P", "2024-01-01 00:00:00", 1)
    values = [one._replace(value=value) for value in (61.0, 62.0, 63.0, 64.0)]

    def winner(*lines: tuple[str, str, list[Reading]]) -> float:
        result = last_wins(
            [line for file_format, path, rows in lines for line in in_file(file_format, path, rows)]
        )
        assert result.duplicates == result.rows - 1
        return result.readings[0].value

    assert winner((HR_CSV, "a", values)) == 64.0
    assert winner((HR_CSV, "b", values[:2]), (HR_CSV, "a", values[2:])) == 62.0
    assert winner((TAKEOUT_JSON, "a", values[:1]), (TAKEOUT_CSV, "b", values[2:])) == 61.0


# --- The fixtures --------------------------------------------------------------------------------


@pytest.mark.parametrize("fixture", fixtures.HAZARDS, ids=lambda fixture: fixture.__name__)
def test_what_a_fixture_expects_is_consistent(
    tmp_path: Path, fixture: Callable[[Path], Expected]
) -> None:
    expected = fixture(tmp_path)
    assert any(path.is_file() for path in tmp_path.rglob("*"))
    assert expected.readings == sorted(set(expected.readings))
    assert len({reading[:2] for reading in expected.readings}) == len(expected.readings)
    assert all(reading.timestamp.tzinfo is UTC for reading in expected.readings)
    assert all(0 < reading.value <= 300 for reading in expected.readings)
    assert expected.duplicates >= 0


@pytest.mark.parametrize("fixture", fixtures.HAZARDS, ids=lambda fixture: fixture.__name__)
def test_a_naive_loader_finds_what_a_fixture_expects(
    tmp_path: Path, fixture: Callable[[Path], Expected]
) -> None:
    assert fixture(tmp_path) == naive.load(tmp_path, fixtures.ZONE)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "write", [nights.write_fitabase, nights.write_intraday, nights.write_takeout]
)
def test_a_naive_loader_finds_the_true_instants_of_the_nights(
    tmp_path: Path, write: Callable[[Path, str], Expected], zone: str
) -> None:
    assert write(tmp_path, zone) == naive.load(tmp_path, ZoneInfo(zone))


def test_a_naive_loader_finds_all_fixtures_in_one_folder(tmp_path: Path) -> None:
    expected = [fixture(tmp_path) for fixture in fixtures.HAZARDS]
    found = naive.load(tmp_path, fixtures.ZONE)
    assert found.readings == sorted(reading for each in expected for reading in each.readings)
    for count in ("rows", "rejected", "duplicates", "repeated", "ambiguous", "never"):
        assert getattr(found, count) == sum(getattr(each, count) for each in expected), count


def test_fixtures_disturb_neither_each_others_files_nor_people(tmp_path: Path) -> None:
    people: Counter[str] = Counter()
    files = 0
    for number, fixture in enumerate(fixtures.HAZARDS):
        alone, together = tmp_path / str(number), tmp_path / "all"
        people.update(fixture(alone).participants)
        fixture(together)
        files += sum(path.is_file() for path in alone.rglob("*"))
        assert sum(path.is_file() for path in together.rglob("*")) == files
    assert set(people.values()) == {1}


@pytest.mark.parametrize(
    ("fixture", "participant"),
    [
        (fixtures.hour_that_never_was, "never"),
        (fixtures.hour_passed_once, "once"),
        (fixtures.hour_passed_twice_unevenly, "uneven"),
        (fixtures.two_people_in_the_repeated_hour, "autumn-north"),
        (fixtures.two_people_in_the_repeated_hour, "autumn-south"),
        (fixtures.local_study, "2022484408"),
        (fixtures.months_first, "months-first"),
        (fixtures.two_people_in_one_file, "8877689391"),
    ],
)
def test_expected_instants_are_what_the_rule_makes_of_the_file(
    tmp_path: Path, fixture: Callable[[Path], Expected], participant: str
) -> None:
    expected = fixture(tmp_path)
    (file,) = tmp_path.rglob("*.csv")
    resolved = resolve(study_times(file.read_bytes(), participant), fixtures.ZONE)
    mine = [reading for reading in expected.readings if reading.participant_id == participant]
    assert sorted(each.instant for each in resolved) == [reading.timestamp for reading in mine]
    if len(expected.participants) == 1:
        found = kinds(resolved)
        assert (found[Kind.REPEATED], found[Kind.AMBIGUOUS], found[Kind.NEVER]) == (
            expected.repeated,
            expected.ambiguous,
            expected.never,
        )


def test_both_people_in_the_repeated_hour_are_counted(tmp_path: Path) -> None:
    expected = fixtures.two_people_in_the_repeated_hour(tmp_path)
    (file,) = tmp_path.rglob("*.csv")
    found = [
        kinds(resolve(study_times(file.read_bytes(), name), fixtures.ZONE))
        for name in sorted(expected.participants)
    ]
    assert sum(each[Kind.REPEATED] for each in found) == expected.repeated > 1_000


def test_answers_of_the_long_day_resolve_to_their_instants(tmp_path: Path) -> None:
    expected = fixtures.answers_in_the_repeated_hour(tmp_path)
    (file,) = tmp_path.rglob("*.json")
    answer = json.loads(file.read_bytes())
    day = answer["activities-heart"][0]["dateTime"]
    rows = answer["activities-heart-intraday"]["dataset"]
    times = [datetime.fromisoformat(f"{day} {row['time']}") for row in rows]
    resolved = resolve(times, fixtures.ZONE)
    assert [each.instant for each in resolved] == [r.timestamp for r in expected.readings]
    assert kinds(resolved)[Kind.REPEATED] == expected.repeated


def test_the_unsorted_fixtures_step_back(tmp_path: Path) -> None:
    fixtures.interleaved_hours(tmp_path)
    (file,) = tmp_path.rglob("*.json")
    times = [
        datetime.strptime(record["dateTime"], "%m/%d/%y %H:%M:%S")
        for record in json.loads(file.read_bytes())
    ]
    assert sum(later < earlier for earlier, later in pairwise(times)) == 359
    assert date(2023, 10, 28) in {time.date() for time in times}
