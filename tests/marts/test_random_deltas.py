"""Whatever arrives in whatever order: the incremental marts equal a full rebuild, exactly."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.marts.naive import NAIVE
from tests.marts.study import Person, Reading, Study
from tests.pipeline import Pipeline

PEOPLE = (
    Person("berlin", "Europe/Berlin", 1950),
    Person("havana", "America/Havana", 2001),  # its clocks go back over midnight
    Person("kathmandu", "Asia/Kathmandu", None),
    Person("utc", None),
)
NAMES = [*(person.participant for person in PEOPLE), "without a row"]

# Three days each around the nights on which the clocks change: in Berlin 2023-10-29 and 2024-03-31,
# in Havana 2023-11-05 and 2024-03-10.
DAYS = [
    datetime(2023, 10, 28, tzinfo=UTC),
    datetime(2023, 11, 4, tzinfo=UTC),
    datetime(2024, 3, 9, tzinfo=UTC),
    datetime(2024, 3, 30, tzinfo=UTC),
]


def burst(chance: Random) -> list[Reading]:
    """A stretch of readings, seconds to minutes apart; few starts, so that instants repeat."""
    start = chance.choice(DAYS) + timedelta(minutes=10 * chance.randrange(3 * 144))
    step = chance.choice([5, 60, 599, 600, 601])
    bpm = chance.choice([41.1, 66.4166, 101.7, 129.93, 180.2])
    confidence = chance.choice([None, None, 0, 1, 3])
    who = chance.choice(NAMES)
    return [
        Reading(who, start + timedelta(seconds=step * number), bpm + number / 7, confidence)
        for number in range(chance.randint(1, 40))
    ]


def deltas(chance: Random) -> Iterator[list[Reading]]:
    """What five runs bring: new, late, repeated and corrected readings, some with confidence 0."""
    seen: list[Reading] = []
    for _ in range(5):
        delta = [reading for _ in range(chance.randint(1, 6)) for reading in burst(chance)]
        again = chance.sample(seen, min(len(seen), chance.randrange(12)))
        delta += [
            reading._replace(bpm=reading.bpm + 0.1, confidence=chance.choice([None, 0, 2]))
            for reading in again
        ]
        seen += delta
        yield delta


@pytest.mark.parametrize("seed", range(3))
def test_incremental_marts_equal_a_full_rebuild(pipeline: Pipeline, seed: int) -> None:
    study = Study(pipeline, PEOPLE)
    for delta in deltas(Random(seed)):
        study.run(delta)
    incremental = study.marts()

    study.rebuild()

    assert study.marts() == incremental
    for name, naive in NAIVE.items():
        found = study.query(f"select {naive.columns} from {name} order by 1, 2")
        assert study.query(naive.query) == found, name
