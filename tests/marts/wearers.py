"""Made-up wearers whose device writes every second in a workout and less often at rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.marts.study import Person, Reading

WORKOUT_BPM = 150.0
Heart = Callable[[datetime], float]


def heart(chance: Random) -> Heart:
    """A heart that beats slower at night, with some noise."""

    def bpm(instant: datetime) -> float:
        hours = instant.hour + instant.minute / 60
        return 68 - 14 * math.cos((hours - 15) * math.pi / 12) + round(chance.gauss(0, 3), 2)

    return bpm


def every(
    who: str, start: datetime, length: timedelta, step: float, bpm: Heart
) -> Iterator[Reading]:
    """A reading every ``step`` seconds."""
    for number in range(int(length.total_seconds() / step)):
        instant = start + timedelta(seconds=number * step)
        yield Reading(who, instant, bpm(instant))


def day_with_workout(
    who: str, day: datetime, step: float, seed: int, minutes: int = 51
) -> list[Reading]:
    """A day at rest, a reading every ``step`` seconds, and at 17:00 UTC a workout at 1 Hz."""
    chance = Random(seed)
    workout = day + timedelta(hours=17)
    end = workout + timedelta(minutes=minutes)
    at_rest = [
        reading
        for reading in every(who, day, timedelta(days=1), step, heart(chance))
        if not workout <= reading.instant < end
    ]
    running = every(who, workout, end - workout, 1, lambda _: WORKOUT_BPM + chance.gauss(0, 4))
    return sorted([*at_rest, *running], key=lambda reading: reading.instant)


def level(who: str, start: str, bpm: float, minutes: int) -> list[Reading]:
    """A constant heart rate, a reading a minute."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return list(every(who, first, timedelta(minutes=minutes), 60, lambda _: bpm))


def interrupted(who: str, start: datetime, chance: Random) -> Iterator[Reading]:
    """Seven days of 16 hours: irregular steps, pauses, lost signals and a hard workout each."""
    bpm = heart(chance)
    for day in range(7):
        instant = start + timedelta(days=day)
        end, workout = instant + timedelta(hours=16), instant + timedelta(hours=11)
        while instant < end:
            running = workout <= instant < workout + timedelta(minutes=6)
            beats = 176 + chance.gauss(0, 4) if running else bpm(instant)
            yield Reading(who, instant, round(beats, 2), chance.choice([None, 0, 1, 2, 3, 3]))
            pause = chance.randint(90, 3_000) if chance.random() < 0.005 else 0
            step = 1 if running else chance.randint(10, 45) + pause
            instant += timedelta(seconds=step)


def readings() -> list[Reading]:
    """The readings of every wearer."""
    chance = Random(22)
    bpm = heart(chance)

    def hours(who: str, start: str, length: float, step: float) -> list[Reading]:
        first = datetime.fromisoformat(start).replace(tzinfo=UTC)
        return list(every(who, first, timedelta(hours=length), step, bpm))

    made: list[Reading] = []
    for step in (5, 10, 15):
        made += day_with_workout("workouts", datetime(2024, 3, step, tzinfo=UTC), step, step)
    # Without a worn night, after one with it.
    made += hours("no night", "2024-03-04 00:00:00", 24, 30)
    made += hours("no night", "2024-03-05 08:00:00", 15, 30)
    # Two devices at odds in their seconds, one of which sometimes has no signal.
    made += hours("two devices", "2024-03-04 06:00:00", 12, 20)
    made += [
        reading._replace(confidence=chance.choice([0, 1, 2, 3]))
        for reading in hours("two devices", "2024-03-04 06:00:07", 12, 25)
    ]
    # Days of 23 and 25 hours, two of which have midnight twice or not at all.
    made += hours("berlin", "2024-03-30 12:00:00", 48, 45)
    made += hours("berlin", "2024-10-26 12:00:00", 48, 45)
    made += hours("havana", "2023-11-04 20:00:00", 36, 45)
    made += hours("havana", "2024-03-09 20:00:00", 36, 45)
    # Days without readings, before, in and after the enrolment.
    for start, length in (("03-04 07", 11), ("03-08 00", 24), ("03-09 05", 9), ("03-17 10", 13)):
        made += hours("pauses", f"2024-{start}:00:00", length, 40)
    # A month of nights, for the median of 28 days.
    for day in range(34):
        asleep = datetime(2024, 2, 1, 2, tzinfo=UTC) + timedelta(days=day)
        made += every("a month", asleep, timedelta(hours=1.5), 60, bpm)
        made += every("a month", asleep.replace(hour=18), timedelta(minutes=40), 60, _faster(bpm))
    stuck = hours("stuck", "2024-03-04 08:00:00", 4, 30)
    made += [
        reading._replace(bpm=71.5) if 100 <= number < 190 else reading
        for number, reading in enumerate(stuck)
    ]
    made += hours("ageless", "2024-03-04 00:00:00", 12, 30)
    # From Monday to Friday 10 hours, a week with four valid days from the enrolment on Tuesday;
    # in the next week a minute less.
    for day in (4, 5, 6, 7, 8):
        made += hours("enrolled later", f"2024-03-{day:02} 08:00:00", 10, 60)
    for day in (11, 12, 13, 14):
        made += hours("enrolled later", f"2024-03-{day:02} 08:00:00", 599 / 60, 60)
    made += interrupted("interrupted", datetime(2024, 12, 30, 6, tzinfo=UTC), chance)
    # The first of many equal half hours, and nothing that a cosine could explain.
    made += level("constant", "2024-03-04 00:00:00", 64, 660)
    # Older than the heart rate allows: the maximum of 101 is equal to it, then below.
    made += level("fast", "2024-03-04 00:00:00", 101, 40) + level("fast", "2024-03-05", 120, 40)
    # A minute on the limit of each zone, 108, 132 and 162.
    made += level("on the limits", "2024-03-04 00:00:00", 60, 30)
    for minute, limit in ((30, 108), (40, 132), (50, 162)):
        made += level("on the limits", f"2024-03-04 00:{minute}:00", limit, 1)
    # A reading, and a placeholder that doesn't count.
    made.append(Reading("single", datetime(2024, 3, 4, 12, tzinfo=UTC), 70.5))
    made.append(Reading("single", datetime(2024, 3, 5, 12, tzinfo=UTC), 70.0, 0))
    return made


def _faster(bpm: Heart) -> Heart:
    return lambda instant: bpm(instant) + 60


LIMITS: dict[tuple[str, date], tuple[float, float, float]] = {
    ("ageless", date(2024, 3, 4)): (100, 120, 150),
    ("workouts", date(2024, 3, 10)): (113, 140, 174),
    # Of the 25 hours of a day, and of the day after it.
    ("berlin", date(2024, 10, 27)): (95, 118, 150),
    ("havana", date(2023, 11, 5)): (94, 119, 151),
    ("a month", date(2024, 2, 20)): (116, 121, 130),
    # A day without readings.
    ("pauses", date(2024, 3, 7)): (90, 110, 150),
}
"""The wearer's own limits of the zones on some local days."""

DEVICES = ("watch", "phone", "", "")


def device_of(reading: Reading) -> str:
    """The device that a file names for a reading; none for every second block of 75 minutes."""
    since_midnight = reading.instant.hour * 60 + reading.instant.minute
    block = since_midnight // 75 + reading.instant.day
    return "" if reading.participant == "ageless" else DEVICES[block % len(DEVICES)]


PEOPLE = (
    Person("workouts", "UTC", 1990),
    Person("no night", "Europe/Berlin", 1950),
    Person("two devices", "Asia/Kolkata", 1985),
    Person("berlin", "Europe/Berlin", 1970),
    Person("havana", "America/Havana", 2001),
    Person("pauses", "UTC", 1990, date(2024, 3, 2), date(2024, 3, 14)),
    Person("a month", "America/New_York", 1960),
    Person("stuck", "UTC", 1985),
    Person("ageless", "UTC", None),
    Person("enrolled later", "UTC", 1990, date(2024, 3, 5)),
    Person("interrupted", "Europe/London", 1990),
    Person("constant", "UTC", 1985),
    Person("fast", "UTC", 1905),
    Person("on the limits", "UTC", 1984),
    Person("single", "UTC", 1985),
)
