"""The rule for local times that occur twice or never, each case by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from loader.local_time import Change, ClockRow, changes_between, settle

HOUR = timedelta(hours=1)
AUTUMN = Change(datetime(2023, 10, 29, 1), 2 * HOUR, HOUR)
"""Berlin: 02:00 to 03:00 occurs twice."""
SPRING = Change(datetime(2023, 3, 26, 1), HOUR, 2 * HOUR)
"""Berlin: 02:00 to 03:00 never occurs."""


def rows(day: datetime, *times: str) -> list[ClockRow]:
    """Rows at these times of a day, ``02:30:00`` or with another value ``02:30:00 61``."""
    found = []
    for line, text in enumerate(times):
        time, _, value = text.partition(" ")
        clock = datetime.combine(day.date(), datetime.strptime(time, "%H:%M:%S").time())
        found.append(ClockRow(line, clock, (float(value or 60), None)))
    return found


def autumn(*times: str) -> list[int]:
    """How many hours each row's offset is."""
    return hours(AUTUMN, rows(AUTUMN.instant, *times))


def spring(*times: str) -> dict[int, int]:
    """How many hours the offset of each doubtful row is, by its place."""
    settled = settle(SPRING, rows(SPRING.instant, *times))
    return {line: offset // HOUR for line, offset in settled.offsets.items()}


def hours(change: Change, clock_rows: Sequence[ClockRow]) -> list[int]:
    offsets = settle(change, clock_rows).offsets
    assert offsets.keys() == {row.line for row in clock_rows}
    return [offsets[row.line] // HOUR for row in clock_rows]


@pytest.mark.parametrize(
    ("zone", "instant", "before", "after"),
    [
        ("Europe/Berlin", datetime(2023, 10, 29, 1), 120, 60),
        ("Europe/Berlin", datetime(2023, 3, 26, 1), 60, 120),
        ("Australia/Lord_Howe", datetime(2023, 4, 1, 15), 660, 630),
        ("America/New_York", datetime(2023, 11, 5, 6), -240, -300),
        ("Pacific/Apia", datetime(2011, 12, 30, 10), -600, 840),
    ],
)
def test_changes_are_found_to_the_second(
    zone: str, instant: datetime, before: int, after: int
) -> None:
    around = timedelta(days=30, seconds=17)
    (change,) = changes_between(zone, instant - around, instant + around)
    assert change == Change(instant, timedelta(minutes=before), timedelta(minutes=after))


def test_a_year_has_two_changes_and_utc_none() -> None:
    year = datetime(2023, 1, 1), datetime(2024, 1, 1)
    assert [change.twice for change in changes_between("Europe/Berlin", *year)] == [False, True]
    assert changes_between("UTC", *year) == []


def test_the_clock_that_steps_back_begins_the_second_pass() -> None:
    assert autumn("02:00:00", "02:59:55", "02:00:00", "02:59:55") == [2, 2, 1, 1]


def test_a_short_step_back_after_a_gap_is_the_second_pass() -> None:
    assert autumn("02:00:00", "02:20:00", "02:15:00", "02:30:00") == [2, 2, 1, 1]


def test_two_rows_that_changed_places_are_no_step_back() -> None:
    assert autumn("02:00:10", "02:00:05", "02:58:00", "02:00:05 70", "02:58:00 70") == [
        *(2, 2, 2),
        *(1, 1),
    ]


def test_an_hour_that_stands_there_once_is_the_earlier_and_told_by_nothing() -> None:
    settled = settle(AUTUMN, rows(AUTUMN.instant, "02:00:00", "02:30:00"))
    assert set(settled.offsets.values()) == {2 * HOUR}
    assert not settled.told


def test_a_file_sorted_by_local_time_keeps_both_readings_of_each_time() -> None:
    assert autumn("02:00:00 60", "02:00:00 90", "02:00:05 61", "02:00:05 91") == [2, 1, 2, 1]


def test_a_row_that_is_repeated_as_it_is_stays_a_duplicate() -> None:
    assert autumn("02:00:00 60", "02:00:00 60", "02:00:05 61") == [2, 2, 2]


def test_a_file_that_runs_backwards_is_read_from_its_end() -> None:
    forward = ["02:00:00", "02:30:00", "02:59:00", "02:10:00 70", "02:30:00 70", "02:59:00 70"]
    assert autumn(*reversed(forward)) == [1, 1, 1, 2, 2, 2]


def test_rows_in_any_order_never_meet_on_one_instant() -> None:
    jumbled = ["02:30:00", "02:10:00", "02:50:00", "02:10:00 70", "02:30:00 70", "02:50:00 70"]
    clocks = rows(AUTUMN.instant, *jumbled)
    offsets = settle(AUTUMN, clocks).offsets
    assert len({row.clock - offsets[row.line] for row in clocks}) == len(clocks)


def test_a_time_that_never_was_is_read_with_the_offset_before() -> None:
    assert spring("01:59:55", "02:00:00", "02:59:55", "04:00:00") == {1: 1, 2: 1}


def test_a_clock_put_forward_early_is_told_by_what_follows() -> None:
    assert spring("01:29:55", "02:30:00", "02:59:55", "03:00:00") == {1: 2, 2: 2}


def test_an_instant_that_another_row_has_is_not_taken_twice() -> None:
    assert spring("02:30:00", "03:00:00", "03:30:00") == {0: 2}
