"""The wearers of the marts' tests, and two whose clocks change on other nights."""

from datetime import UTC, datetime, timedelta
from random import Random

from tests.marts import wearers
from tests.marts.study import Person, Reading

PEOPLE = (
    *wearers.PEOPLE,
    Person("auckland", "Pacific/Auckland", 1990),
    Person("new york", "America/New_York", 1975),
)

CHANGES = {
    "auckland": ("2024-04-06 14:00:00", "2024-09-28 14:00:00"),
    "new york": ("2024-03-10 07:00:00", "2024-11-03 06:00:00"),
}
"""The instants (UTC) at which their clocks go back and forward."""


def readings() -> list[Reading]:
    """The readings of all wearers: a day before each change of the clock to a day after it."""
    chance = Random(26)
    made = wearers.readings()
    for who, changes in CHANGES.items():
        for change in changes:
            start = datetime.fromisoformat(change).replace(tzinfo=UTC) - timedelta(days=1)
            made += [
                reading._replace(confidence=chance.choice([None, 0, 1, 3]))
                for reading in wearers.every(
                    who, start, timedelta(days=2), 45, wearers.heart(chance)
                )
            ]
    return made
