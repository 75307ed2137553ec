"""Slices hold every participant-day once, in order, and no more rows than they may."""

import itertools
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loader.compare.slices import PersonDay, divide

FIRST = date(2024, 1, 1)

person_days = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 6)), st.integers(1, 40), max_size=20
).map(
    lambda rows: [
        PersonDay(person, FIRST + timedelta(days=day), rows[person, day], person, person + day)
        for person, day in sorted(rows)
    ]
)


@given(person_days, st.integers(1, 60))
def test_every_instant_of_a_participant_is_in_one_slice(days: list[PersonDay], most: int) -> None:
    slices = divide(days, most)
    for day in days:
        midnight = datetime.combine(day.day, time())
        for second in range(0, 86_400, 3_600):
            holding = [
                part
                for part in slices
                if part.first_person <= day.person <= part.last_person
                and part.first_source <= day.first_source <= day.last_source <= part.last_source
                and part.start <= midnight + timedelta(seconds=second) < part.end
            ]
            assert len(holding) == 1


@given(person_days, st.integers(1, 60))
def test_slices_come_in_order_and_are_small(days: list[PersonDay], most: int) -> None:
    slices = divide(days, most)
    assert all(part.rows <= most for part in slices)
    for one, other in itertools.pairwise(slices):
        assert (one.last_person, one.end) <= (other.first_person, other.start) or (
            one.last_person < other.first_person
        )
    assert sum(part.rows for part in slices) >= sum(day.rows for day in days)


def test_participants_share_a_slice_until_it_is_full() -> None:
    days = [PersonDay(person, FIRST, 10, person, person) for person in range(5)]
    slices = divide(days, 25)
    assert [(part.first_person, part.last_person) for part in slices] == [(0, 1), (2, 3), (4, 4)]
