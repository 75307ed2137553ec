"""The independent computation itself, on cases small enough to work out by hand."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.marts.independent import (
    MAXIMUM,
    RESERVE,
    Day,
    cosinor,
    covered_minutes,
    day_rows,
    days_of,
    hours_of,
    level,
    mean_over_time,
    night,
    percentile_over_time,
    resting,
    sampling,
    sensitivity_rows,
    stuck,
    yield_rows,
    zones,
)
from tests.marts.study import Person, Reading

MONDAY = datetime(2024, 3, 4, tzinfo=UTC)
BERLIN, HAVANA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Havana")
ME = Person("me", "UTC", 1984)
"""40 years old in 2024: a maximum of 180 bpm."""


def at(clock: str, bpm: float = 60.0, confidence: int | None = None) -> Reading:
    """A reading at this time of the Monday."""
    return Reading("me", datetime.fromisoformat(f"2024-03-04T{clock}+00:00"), bpm, confidence)


def by_minute(start: datetime, values: Iterable[float]) -> list[Reading]:
    """One reading per minute."""
    return [
        Reading("me", start + timedelta(minutes=number), bpm) for number, bpm in enumerate(values)
    ]


def only_day(readings: Sequence[Reading], zone: str = "UTC") -> Day:
    (day,) = days_of(readings, ZoneInfo(zone))
    return day


# Minutes and days


def test_a_minute_is_covered_by_the_readings_that_count() -> None:
    readings = [
        at("08:00:59.500", 62),
        at("08:00:00", 60),
        at("08:01:00", 70, 0),
        at("08:02:30", 80, 1),
    ]
    minutes = covered_minutes(readings)
    assert [minute.start for minute in minutes] == [
        MONDAY.replace(hour=8),
        MONDAY.replace(hour=8, minute=2),
    ]
    assert [minute.mean for minute in minutes] == [61.0, 80.0]


def test_a_day_is_that_of_the_persons_clock() -> None:
    readings = [at("22:59:59"), at("23:00:00")]
    assert [day.date for day in days_of(readings, BERLIN)] == [date(2024, 3, 4), date(2024, 3, 5)]
    assert [day.date for day in days_of(readings, HAVANA)] == [date(2024, 3, 4)]


def test_a_day_without_a_reading_that_counts_is_none() -> None:
    assert days_of([at("08:00:00", 70, 0)], ZoneInfo("UTC")) == []


# Level and spread


def test_a_minute_of_many_readings_weighs_as_much_as_one_of_one() -> None:
    workout = [at(f"08:00:{second:02}", 150) for second in range(60)]
    row = level(covered_minutes([*workout, at("08:01:00", 60)]))
    assert row == {
        "readings": 61,
        "minutes_covered": 2,
        "mean_bpm": 105.0,
        "sd_bpm": pytest.approx(math.sqrt(2 * 45**2)),  # divided by n - 1 = 1
        "mean_of_readings_bpm": 9060 / 61,
        "min_bpm": 60,
        "max_bpm": 150,
    }


def test_one_minute_has_no_spread() -> None:
    assert level(covered_minutes([at("08:00:00")]))["sd_bpm"] is None


def test_hours_are_those_of_utc() -> None:
    hours = hours_of([at("08:59:59", 60), at("09:00:00", 80), at("09:30:00", 90)])
    assert {hour.hour: row["mean_bpm"] for hour, row in hours.items()} == {8: 60.0, 9: 85.0}


def test_the_same_hour_of_two_days_is_two_hours() -> None:
    hours = hours_of([at("08:00:00"), Reading("me", MONDAY + timedelta(days=1, hours=8), 60.0)])
    assert list(hours) == [MONDAY + timedelta(hours=8), MONDAY + timedelta(days=1, hours=8)]


def test_percentiles_are_interpolated_between_minutes() -> None:
    (row,) = day_rows(by_minute(MONDAY, [60, 62, 64, 66, 68]), ME).values()
    # Positions 0.05 * 4 = 0.2, 2 and 3.8.
    assert row["p05_bpm"] == pytest.approx(60.4)
    assert row["p50_bpm"] == 64.0
    assert row["p95_bpm"] == pytest.approx(67.6)


# Resting heart rate and night


def test_the_first_of_two_equally_low_half_hours_counts() -> None:
    readings = by_minute(MONDAY, [70.0] * 30 + [50.0] * 30 + [70.0] * 30 + [50.0] * 30)
    assert resting(only_day(readings)) == {
        "resting_bpm": 50.0,
        "resting_start": MONDAY + timedelta(minutes=30),
    }


def test_half_an_hour_with_a_gap_is_none() -> None:
    readings = by_minute(MONDAY, [50.0] * 31)
    del readings[15]
    nothing = {"resting_bpm": None, "resting_start": None}
    assert resting(only_day(readings)) == nothing
    assert resting(only_day(readings[:29])) == nothing


def test_half_an_hour_across_midnight_is_none() -> None:
    start = MONDAY - timedelta(minutes=15)
    rests = [resting(day) for day in days_of(by_minute(start, [50.0] * 30), ZoneInfo("UTC"))]
    assert rests == [{"resting_bpm": None, "resting_start": None}] * 2


def test_the_night_lasts_from_3_to_7_on_the_persons_clock() -> None:
    # In Berlin 02:59, 03:00, 06:59 and 07:00.
    readings = [at("01:59:00", 90), at("02:00:59", 50), at("05:59:00", 52), at("06:00:00", 90)]
    assert night(only_day(readings, "Europe/Berlin")) == {"night_minutes": 2, "night_mean_bpm": 51}
    assert night(only_day([at("12:00:00")])) == {"night_minutes": 0, "night_mean_bpm": None}


# Zones


def test_zones_by_reserve() -> None:
    # Limits from 60 to 180 bpm: 60 + 120 * (0.4, 0.6, 0.85).
    day = only_day(by_minute(MONDAY, [60, 107.9, 108, 131.9, 132, 161.9, 162, 170, 171]))
    assert zones(day, ME, [50.0, 60.0, 75.0], RESERVE, {}) == {
        "zone_source": "estimate by reserve",
        "moderate_from_bpm": 108.0,
        "vigorous_from_bpm": 132.0,
        "peak_from_bpm": 162.0,
        "minutes_light": 2,
        "minutes_moderate": 2,
        "minutes_vigorous": 2,
        "minutes_peak": 3,
        "active_zone_minutes": 2 + 2 * (2 + 3),
    }


def test_own_limits_count_before_any_estimate() -> None:
    own = {("me", MONDAY.date()): (90, 126, 154)}
    row = zones(only_day(by_minute(MONDAY, [89.9, 90, 126, 153])), ME, [], RESERVE, own)
    assert row["zone_source"] == "own limits"
    names = ("light", "moderate", "vigorous", "peak")
    assert [row.get(f"minutes_{zone}") for zone in names] == [1, 1, 2, 0]


def test_zones_by_maximum_need_no_resting_heart_rate() -> None:
    row = zones(only_day(by_minute(MONDAY, [89.9, 90, 126, 153])), ME, [], MAXIMUM, {})
    limits = ("moderate_from_bpm", "vigorous_from_bpm", "peak_from_bpm")
    assert [row[name] for name in limits] == [90.0, 126.0, 153.0]
    assert row["zone_source"] == "estimate by maximum"
    assert row["active_zone_minutes"] == 5


@pytest.mark.parametrize(
    ("birth_year", "rests"),
    [(None, [60.0]), (1984, []), (1900, [96.0])],
    ids=["no birth year", "no resting heart rate", "a maximum of 96 that is not above it"],
)
def test_unknown_zones(birth_year: int | None, rests: list[float]) -> None:
    person = ME._replace(birth_year=birth_year)
    row = zones(only_day([at("12:00:00", 100)]), person, rests, RESERVE, {})
    assert len(row) == 9
    assert set(row.values()) == {None}


def test_the_resting_heart_rate_of_zones_is_the_median_of_28_days() -> None:
    half_hours = {0: 90.0, 1: 50.0, 27: 60.0, 28: 70.0}
    readings: list[Reading] = []
    for offset, bpm in half_hours.items():
        readings += by_minute(MONDAY + timedelta(days=offset), [bpm] * 30)
    rows = day_rows(readings, ME)
    reserves = [(row["moderate_from_bpm"], row["resting_bpm"]) for row in rows.values()]
    # The medians are 90, (90 + 50) / 2, 60 of three, and again 60 without the first day.
    assert reserves == [(126.0, 90.0), (114.0, 50.0), (108.0, 60.0), (108.0, 70.0)]


def test_a_day_without_a_resting_heart_rate_has_the_zones_of_the_days_before() -> None:
    tuesday = MONDAY + timedelta(days=1)
    rows = day_rows(by_minute(MONDAY, [60.0] * 30) + by_minute(tuesday, [100.0]), ME)
    assert rows[tuesday.date()]["resting_bpm"] is None
    assert rows[tuesday.date()]["moderate_from_bpm"] == 108.0


# Daily rhythm


def cosine(hours: float, peak: float) -> float:
    return 70 + 10 * math.cos(2 * math.pi * (hours - peak) / 24)


@pytest.mark.parametrize(("zone", "peak"), [("UTC", 15), ("Europe/Berlin", 16), ("UTC", 23.5)])
def test_a_cosine_is_found(zone: str, peak: float) -> None:
    ahead = 1 if zone == "Europe/Berlin" else 0
    start = MONDAY - timedelta(hours=ahead)
    day = only_day(by_minute(start, [cosine(n / 60, peak) for n in range(1_440)]), zone)
    assert cosinor(day) == {
        "mesor_bpm": pytest.approx(70),
        "amplitude_bpm": pytest.approx(10),
        "acrophase_hours": pytest.approx(peak),
        "cosinor_r2": pytest.approx(1),
    }


def test_twelve_hours_between_two_levels() -> None:
    """Low before noon, high after it: amplitude 4/pi times 10, peak at 18:00, r² 8/pi²."""
    row = cosinor(only_day(by_minute(MONDAY, [60.0] * 720 + [80.0] * 720)))
    assert row == {
        "mesor_bpm": pytest.approx(70),
        "amplitude_bpm": pytest.approx(40 / math.pi, rel=1e-5),
        "acrophase_hours": pytest.approx(18, abs=0.01),  # minutes begin half a minute early
        "cosinor_r2": pytest.approx(8 / math.pi**2, rel=1e-5),
    }


def test_a_constant_day_explains_nothing() -> None:
    row = cosinor(only_day(by_minute(MONDAY, [64.0] * 600)))
    assert row["mesor_bpm"] == pytest.approx(64)
    assert row["amplitude_bpm"] == pytest.approx(0, abs=1e-9)
    assert row["cosinor_r2"] is None


def test_a_day_that_is_not_valid_has_no_rhythm() -> None:
    row = cosinor(only_day(by_minute(MONDAY, [cosine(n / 60, 15) for n in range(599)])))
    assert set(row.values()) == {None}


# Flags of quality


def test_sampling_is_60_by_the_median_of_readings_per_minute() -> None:
    workout = [at(f"08:00:{second:02}", 150) for second in range(50)]
    rest = [at(f"08:{minute:02}:{second:02}") for minute in (1, 2) for second in (0, 20, 40)]
    four = [at(f"08:03:{second:02}") for second in (0, 15, 30, 45)]
    row = sampling(only_day([*workout, *rest, *four]))
    assert row["sampling_seconds"] == pytest.approx(60 / 3.5)
    assert row["share_at_1_s"] == 0.25
    assert row["share_confidence_0"] is None


def test_49_readings_are_not_every_second() -> None:
    day = only_day([at(f"08:00:{second:02}") for second in range(49)])
    assert sampling(day)["share_at_1_s"] == 0.0


def test_placeholders_are_counted_among_readings_with_a_confidence() -> None:
    readings = [at("08:00:00"), at("08:00:10", 70, 0), at("08:00:20", 60, 1), at("09:00:00", 70, 0)]
    assert sampling(only_day(readings))["share_confidence_0"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("values", "longest"),
    [([60, 61, 62], 1), ([60, 70, 70, 70, 61], 3), ([60, 60, 70, 60, 60, 60], 3), ([60], 1)],
)
def test_stuck_minutes(values: list[float], longest: int) -> None:
    assert stuck(only_day(by_minute(MONDAY, values))) == longest


def test_a_gap_ends_a_stuck_run() -> None:
    readings = by_minute(MONDAY, [70.0] * 7)
    del readings[2]
    assert stuck(only_day(readings)) == 4


# A day's row


def test_a_day_is_valid_from_10_hours() -> None:
    for minutes, valid in ((599, False), (600, True)):
        (row,) = day_rows(by_minute(MONDAY, [60.0] * minutes), ME).values()
        assert row["hours_worn"] == minutes / 60
        assert row["is_valid_day"] is valid
        (yielded,) = yield_rows(by_minute(MONDAY, [60.0] * minutes), ME).values()
        assert yielded["is_valid_day"] is valid


# Yield


def whole_days(person: Person, start: datetime, hours: float) -> dict[date, dict[str, object]]:
    return yield_rows(by_minute(start, [60.0] * round(hours * 60)), person)


@pytest.mark.parametrize(
    ("zone", "start", "hours", "first_hours", "hour_yield"),
    [
        # Summer time begins: no 02 h; in Havana no 00 h.
        ("Europe/Berlin", "2024-03-30T23:00+00:00", 23, [60, 60, 0, 60], 1.0),
        ("America/Havana", "2024-03-10T05:00+00:00", 23, [0, 60, 60, 60], 1.0),
        # It ends: 02 h twice, in Havana 00 h; an hour of the clock is counted once.
        ("Europe/Berlin", "2024-10-26T22:00+00:00", 25, [60, 60, 120, 60], 24 / 25),
        ("America/Havana", "2023-11-05T04:00+00:00", 25, [120, 60, 60, 60], 24 / 25),
    ],
)
def test_a_day_on_which_the_clocks_change(
    zone: str, start: str, hours: int, first_hours: list[int], hour_yield: float
) -> None:
    rows = whole_days(ME._replace(time_zone=zone), datetime.fromisoformat(start), hours)
    (row,) = rows.values()
    by_hour = row["minutes_by_hour"]
    assert isinstance(by_hour, list)
    assert by_hour[:4] == first_hours
    assert by_hour[4:] == [60] * 20
    assert row["minutes_covered"] == hours * 60
    assert row["minute_yield"] == 1.0
    assert row["hour_yield"] == hour_yield


def test_an_hour_is_valid_with_more_than_30_minutes() -> None:
    readings = by_minute(MONDAY, [60.0] * 30)
    readings += by_minute(MONDAY + timedelta(hours=2), [60.0] * 31)
    (row,) = yield_rows(readings, ME).values()
    assert row["valid_hours"] == 1
    assert row["hour_yield"] == 1 / 24
    assert row["minute_yield"] == 61 / 1_440


def test_the_longest_run_of_complete_hours() -> None:
    """One hour, two, one that lacks a minute, and another two."""
    readings = by_minute(MONDAY, [60.0] * 60)
    readings += by_minute(MONDAY + timedelta(hours=2), [60.0] * 300)
    del readings[60 + 150]
    (row,) = yield_rows(readings, ME).values()
    assert row["complete_hours_in_a_row"] == 2


def test_every_day_of_the_enrolment_has_a_row() -> None:
    person = ME._replace(enrolled_on=date(2024, 3, 3), ended_on=date(2024, 3, 8))
    readings = [at("12:00:00"), Reading("me", MONDAY + timedelta(days=3), 60.0)]
    rows = yield_rows(readings, person)
    assert list(rows) == [date(2024, 3, day) for day in range(3, 9)]
    assert [row["days_since_last_reading"] for row in rows.values()] == [None, 0, 1, 2, 0, 1]
    assert [row["minutes_covered"] for row in rows.values()] == [0, 1, 0, 0, 1, 0]


def test_without_an_enrolment_the_first_and_the_last_reading_that_count_bound_it() -> None:
    readings = [
        Reading("me", MONDAY - timedelta(days=1), 70.0, 0),
        at("12:00:00"),
        Reading("me", MONDAY + timedelta(days=2), 60.0),
        Reading("me", MONDAY + timedelta(days=3), 70.0, 0),
    ]
    assert list(yield_rows(readings, ME)) == [date(2024, 3, day) for day in (4, 5, 6)]


def test_a_reading_before_the_enrolment_is_the_last_one_on_its_first_day() -> None:
    readings = [at("12:00:00"), Reading("me", MONDAY + timedelta(days=9), 60.0)]
    rows = yield_rows(readings, ME._replace(enrolled_on=date(2024, 3, 12)))
    assert {day.day: row["days_since_last_reading"] for day, row in rows.items()} == {12: 8, 13: 0}


# Sensitivity


def test_valid_days_and_weeks() -> None:
    """Four days from Thursday to Sunday of the week of New Year, and three of the next week.

    Each has 12 hours worn, of which 8 are in a row.
    """
    thursday = datetime(2020, 12, 31, tzinfo=UTC)
    readings: list[Reading] = []
    for day in range(7):
        start = thursday + timedelta(days=day)
        readings += by_minute(start, [60.0] * 8 * 60)
        readings += by_minute(start + timedelta(hours=9), [60.0] * 4 * 60)
    rows = sensitivity_rows(yield_rows(readings, ME))
    in_all = {"days": 7, "valid_days": 7, "valid_weeks": 1}
    none = {"days": 7, "valid_days": 0, "valid_weeks": 0}
    assert rows == {
        ("hours worn", 8): in_all,
        ("hours worn", 10): in_all,
        ("hours worn", 12): in_all,
        ("hours worn", 16): none,
        ("hours worn", 20): none,
        ("complete hours in a row", 8): in_all,
        ("complete hours in a row", 10): none,
        ("complete hours in a row", 12): none,
        ("complete hours in a row", 16): none,
        ("complete hours in a row", 20): none,
    }


def test_two_valid_days_in_each_of_two_weeks_make_no_valid_week() -> None:
    readings: list[Reading] = []
    for day in (0, 1, 7, 8):
        readings += by_minute(MONDAY + timedelta(days=day), [60.0] * 8 * 60)
    row = sensitivity_rows(yield_rows(readings, ME))["hours worn", 8]
    assert row == {"days": 9, "valid_days": 4, "valid_weeks": 0}


# Over time


def test_a_reading_holds_until_the_next_and_60_s_at_most() -> None:
    readings = [at("08:00:00", 60), at("08:00:30", 90), at("08:10:00", 100)]
    assert mean_over_time(readings) == pytest.approx((60 * 30 + 90 * 60 + 100 * 60) / 150)
    # 60 bpm hold for 20 % of the time, 90 for another 40 %.
    shares = (0.05, 0.19, 0.21, 0.59, 0.61, 0.95)
    assert [percentile_over_time(readings, share) for share in shares] == [
        *(60, 60, 90, 90),
        *(100, 100),
    ]


def test_a_placeholder_holds_for_no_time() -> None:
    readings = [at("08:00:00", 60), at("08:00:30", 70, 0), at("08:01:00", 90)]
    assert mean_over_time(readings) == 75.0
    assert percentile_over_time(readings, 0.6) == 90
