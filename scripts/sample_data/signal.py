"""A synthetic wearer's heart rate, one value per second, computed one UTC day at a time.

Every day is a function of (seed, participant, day) alone, so a day is the same in every range.
Signals that cross midnight (sleep, slow noise) use the neighbouring day's own random numbers, so
that days join without a step. The wearer lives in UTC: seconds count from 00:00 UTC.

Trap: the sample file must be identical byte for byte on every machine. Hence raw PCG64
output (its stream is frozen; that of `Generator` isn't) and only + - * / on arrays (numpy's exp
and sin may differ in the last bit between CPUs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Seconds: TypeAlias = NDArray[np.int64]

MINUTE = 60
HOUR = 3_600
DAY = 86_400
SECOND = timedelta(seconds=1)
LOWEST_BPM, HIGHEST_BPM = 38.0, 196.0

# Awake and at ease, bpm above resting, at each full hour UTC.
EASE_BY_HOUR = (
    *(15, 14, 14, 14, 14, 15, 16, 18, 20, 21, 22, 22),
    *(24, 23, 22, 22, 23, 25, 25, 24, 22, 20, 18, 16),
)

# (seconds between independent values, bpm awake, bpm asleep); each period divides a day.
NOISE = (
    (2_400, 4.0, 1.0),
    (300, 4.0, 1.5),
    (60, 3.0, 1.0),
    (10, 1.5, 0.8),
    (1, 0.3, 0.2),
)
BUSY_PERIOD = 600
BUSY_BPM = 30.0

# A fever in bpm above resting, and in hours from 00:00 UTC of its day: it rises, lasts, and falls.
FEVER_BPM = 13.0
FEVER_FROM, FEVER_FULL, FEVER_FALLING, FEVER_UNTIL = -9, 4, 26, 46

# A device's steps, in seconds between readings outside of workouts. A day uses the first 13 to 18
# of them, so that a full day without a workout has 9,000 to 11,600 readings.
DEVICE_STEPS = (5, 5, 5, 5, 5, 7, 8, 9, 10, 10, 10, 10, 10, 12, 15, 15, 15, 15)
FEWEST_STEPS = 13
# The shares of confidence 1, 2 and 3; 0 means no signal, mostly with a placeholder value.
UNFELT_SHARE, PLACEHOLDER_SHARE, PLACEHOLDER_BPM = 0.01, 0.8, 70.0
CONFIDENCE_LIMITS = (UNFELT_SHARE, 0.25, 0.5)


class Draw(IntEnum):
    """The uses of a day's random numbers; each has its own stream."""

    TRAITS = 0
    RESTING = 1
    NIGHT = 2
    WORKOUT = 3
    GAPS = 4
    BUSY = 5
    STEPS = 6
    CONFIDENCE = 7
    PLACEHOLDER = 8
    NOISE = 100


@dataclass(frozen=True)
class Night:
    """One sleep, in seconds from 00:00 UTC of the day on which it ends (`bed` may be negative)."""

    bed: float
    wake: float
    cycle: float


@dataclass(frozen=True)
class Workout:
    """One workout: `start` in seconds after 00:00 UTC, `length` in seconds, `peak` in bpm."""

    start: int
    length: int
    peak: float


@dataclass(frozen=True)
class DayReadings:
    """One participant's readings of one day: seconds after 00:00 on the clock used, and bpm.

    The clock is UTC, or the wearer's own if a layout uses local time. `confidence`
    (0 to 3) is None for a sensor without a device.
    """

    participant: str
    day: date
    seconds: Seconds
    bpm: Floats
    confidence: Seconds | None = None


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in UTC, from `first` (inclusive) to `last` (exclusive)."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Wearer:
    """A synthetic person wearing a sensor; the same seed and name give the same person.

    Attributes:
        participant, seed: who it is.
        not_worn: when the sensor lay in a drawer.
        fevers: the days of a fever, which begins the evening before and ends the day after.
    """

    participant: str
    seed: int
    not_worn: tuple[Stretch, ...] = ()
    fevers: tuple[date, ...] = ()

    def days(
        self, start: date, count: int, *, step: int = 1, gaps: bool = True
    ) -> Iterator[DayReadings]:
        """Readings of `count` days from `start`, every `step` seconds, one day at a time."""
        for offset in range(count):
            yield self.readings(start + timedelta(days=offset), step=step, gaps=gaps)

    def readings(self, day: date, *, step: int = 1, gaps: bool = True) -> DayReadings:
        """The sensor's readings on `day`: every `step` seconds, except in its gaps."""
        seconds = np.arange(0, DAY, step, dtype=np.int64)
        if gaps:
            seconds = seconds[self.worn(day)[::step]]
        return DayReadings(self.participant, day, seconds, self.heart_rate(day)[seconds])

    def recorded(self, day: date, *, step: int | None = None, gaps: bool = True) -> DayReadings:
        """A Fitbit's readings on `day`: integer bpm, each with its confidence.

        One every `step` seconds, or by default every second of a workout and every 5 to 15 s
        otherwise. All are selected from the same 86,400 candidates, so a reading doesn't depend
        on which others are kept.
        """
        seconds = self._device_clock(day) if step is None else np.arange(0, DAY, step)
        if gaps:
            seconds = seconds[self.worn(day)[seconds]]
        certainty = self._random(day, Draw.CONFIDENCE, DAY)[seconds]
        confidence = np.searchsorted(CONFIDENCE_LIMITS, certainty, side="right")
        bpm = np.rint(self.heart_rate(day)[seconds])
        placeholder = self._random(day, Draw.PLACEHOLDER, DAY)[seconds] < PLACEHOLDER_SHARE
        bpm[(confidence == 0) & placeholder] = PLACEHOLDER_BPM
        return DayReadings(self.participant, day, seconds, bpm, confidence)

    def resting(self, day: date) -> float:
        """Resting heart rate at 00:00 UTC of `day`, in bpm."""
        return float(self._resting(day)[0])

    def heart_rate(self, day: date) -> Floats:
        """Heart rate of each of the day's 86,400 seconds, in bpm, gaps or not."""
        clock = np.arange(DAY, dtype=np.float64)
        resting = self._resting(day)
        asleep, sleeping = self._sleep(day, clock)
        awake = 1.0 - asleep
        bpm = resting + awake * (_circadian() + self._busy(day)) + asleep * sleeping
        if workout := self.workout(day):
            _exercise(bpm, workout)
        for number, (period, awake_bpm, asleep_bpm) in enumerate(NOISE):
            noise = self._drift(day, Draw.NOISE + number, period)
            bpm += noise * (asleep_bpm + (awake_bpm - asleep_bpm) * awake)
        return np.clip(bpm, LOWEST_BPM, HIGHEST_BPM)

    def night(self, day: date) -> Night:
        """The sleep that ends on the morning of `day`; later and longer at weekends."""
        bed, wake, cycle = self._random(day, Draw.NIGHT, 3).tolist()
        weekend = day.weekday() >= 5
        return Night(
            bed=(-1.75 + 1.75 * bed + (0.75 if weekend else 0.0)) * HOUR,
            wake=(6.0 + 1.25 * wake + (1.25 if weekend else 0.0)) * HOUR,
            cycle=(80.0 + 25.0 * cycle) * MINUTE,
        )

    def workout(self, day: date) -> Workout | None:
        """The day's workout, if it has one: two to five a week, over before 21:00 UTC."""
        if any(day - fever in (timedelta(0), timedelta(1)) for fever in self.fevers):
            return None
        _, habit, fitness = self._traits()
        chance, when, jitter, length, peak = self._random(day, Draw.WORKOUT, 5).tolist()
        if chance * 7 > 2.0 + 3.0 * habit:
            return None
        early = self.night(day).wake + (1.0 + jitter) * HOUR
        late = (16.5 + 3.0 * jitter) * HOUR
        return Workout(
            start=int(early if when < 0.3 else late),
            length=int((25 + 45 * length) * MINUTE),
            peak=145.0 + 12.0 * fitness + 14.0 * peak,
        )

    def worn(self, day: date) -> Bools:
        """Which of the day's seconds have a reading.

        False while charging (about an hour every third day), in most days' shower, in up to ten
        dropouts of seconds to two minutes, and while `not_worn`.
        """
        draws = self._random(day, Draw.GAPS, 27)
        charge, charge_at, charge_length, *rest = draws[:7].tolist()
        shower, shower_at, shower_length, dropouts = rest
        wake = self.night(day).wake
        gaps: list[tuple[float, float]] = []
        if charge < 1 / 3:
            gaps.append(((19.5 + 1.5 * charge_at) * HOUR, (45 + 40 * charge_length) * MINUTE))
        if shower < 0.85:
            gaps.append((wake + (15 + 30 * shower_at) * MINUTE, (10 + 15 * shower_length) * MINUTE))
        for at, length in draws[7:].reshape(-1, 2)[: round(10 * dropouts)].tolist():
            gaps.append((at * (DAY - 121), 3 + 117 * length * length))
        worn = np.ones(DAY, dtype=np.bool_)
        for at, length in gaps:
            worn[int(at) : int(at + length)] = False
        midnight = datetime.combine(day, time())
        for stretch in self.not_worn:
            first, last = ((at - midnight) // SECOND for at in (stretch.first, stretch.last))
            worn[max(0, first) : max(0, last)] = False
        return worn

    def _device_clock(self, day: date) -> Seconds:
        """Seconds after 00:00 UTC at which the device made a reading: each second of a workout,
        and every 5 to 15 s besides."""
        pace, phase, *_ = draws = self._random(day, Draw.STEPS, 2 + DAY // min(DEVICE_STEPS))
        choices = len(DEVICE_STEPS) - int((len(DEVICE_STEPS) - FEWEST_STEPS + 1) * pace * pace)
        steps = np.array(DEVICE_STEPS)[(draws[2:] * choices).astype(np.int64)]
        clock: Seconds = np.cumsum(steps) - steps[0] + int(phase * min(DEVICE_STEPS))
        clock = clock[clock < DAY]
        if workout := self.workout(day):
            exercise = np.arange(workout.start, workout.start + workout.length)
            at_rest = (clock < exercise[0]) | (clock > exercise[-1])
            clock = np.union1d(clock[at_rest], exercise)
        return clock

    def _traits(self) -> tuple[float, float, float]:
        """Resting level, workout habit and fitness of the person, each 0 to 1."""
        resting, habit, fitness = self._random(date.min, Draw.TRAITS, 3).tolist()
        return resting, habit, fitness

    def _resting(self, day: date) -> Floats:
        """Resting heart rate in bpm, 53 to 58, drifting from one midnight to the next; in a fever
        up to 13 bpm more."""
        resting, _, _ = self._traits()
        return 54.0 + 3.0 * resting + self._drift(day, Draw.RESTING, DAY) + self._fever(day)

    def _fever(self, day: date) -> Floats:
        """The increase by fevers, in bpm."""
        increase = np.zeros(DAY)
        for fever in self.fevers:
            hours = np.arange(DAY) / HOUR + 24.0 * (day - fever).days
            rise = _smoothstep((hours - FEVER_FROM) / (FEVER_FULL - FEVER_FROM))
            fall = _smoothstep((FEVER_UNTIL - hours) / (FEVER_UNTIL - FEVER_FALLING))
            increase += FEVER_BPM * rise * fall
        return increase

    def _busy(self, day: date) -> Floats:
        """The increase by stairs, errands and meetings, in bpm: mostly 0, at times up to 30."""
        excess = np.maximum(self._drift(day, Draw.BUSY, BUSY_PERIOD) - 0.3, 0.0) / 0.7
        return BUSY_BPM * excess * excess

    def _sleep(self, day: date, clock: Floats) -> tuple[Floats, Floats]:
        """The depth of sleep (0 to 1), and its increase over the resting rate (bpm)."""
        asleep, added = np.zeros(DAY), np.zeros(DAY)
        for night, midnight in (
            (self.night(day), 0),
            (self.night(day + timedelta(days=1)), DAY),
        ):
            first = max(0, int(night.bed) + midnight)
            last = min(DAY, int(night.wake) + midnight)
            if first < last:
                asleep[first:last], added[first:last] = _sleep_phases(
                    night, clock[first:last] - midnight
                )
        return asleep, added

    def _drift(self, day: date, stream: int, period: int) -> Floats:
        """Smooth noise in -1..1 at 1 Hz: a new value every `period` seconds, interpolated."""
        knots = self._random(day, stream, DAY // period)
        following = self._random(day + timedelta(days=1), stream, 1)
        return _eased(2.0 * np.concatenate((knots, following)) - 1.0, period)

    def _random(self, day: date, stream: int, count: int) -> Floats:
        """`count` numbers in 0..1 that depend on seed, participant, day and stream only."""
        key = (day.toordinal(), stream, *self.participant.encode())
        bits = np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key))
        return (bits.random_raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _smoothstep(x: Floats) -> Floats:
    """0 below 0, 1 above 1, a smooth S in between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def _bump(x: Floats, low: float, high: float) -> Floats:
    """0 outside low..high, 1 in its middle, smooth."""
    x = np.clip((x - low) / (high - low), 0.0, 1.0)
    return 16.0 * x * x * (1.0 - x) * (1.0 - x)


def _eased(knots: Floats, period: int) -> Floats:
    """One value per second through `knots` (`period` seconds apart), the last one excluded."""
    weight = _smoothstep(np.arange(period) / period)
    steps = np.diff(knots)
    return (knots[:-1, np.newaxis] + steps[:, np.newaxis] * weight).reshape(-1)


def _circadian() -> Floats:
    """The increase over the resting rate while awake, by time of day, in bpm."""
    return _eased(np.array((*EASE_BY_HOUR, EASE_BY_HOUR[0]), dtype=np.float64), HOUR)


def _sleep_phases(night: Night, clock: Floats) -> tuple[Floats, Floats]:
    """Depth of sleep (0 to 1) and bpm above resting: less deep sleep, more REM by morning."""
    since = clock - night.bed
    asleep = _smoothstep(since / (20 * MINUTE)) * _smoothstep((night.wake - clock) / (5 * MINUTE))
    progress = since / (night.wake - night.bed)
    phase = (since % night.cycle) / night.cycle
    deep = _bump(phase, 0.1, 0.6) * (1.0 - 0.7 * progress)
    rem = _bump(phase, 0.65, 1.0) * (0.3 + 0.7 * progress)
    return asleep, 3.0 - 4.0 * deep + 7.0 * rem


def _exercise(bpm: Floats, workout: Workout) -> None:
    """Raise `bpm` in place towards the peak, then let it fall back within an hour."""
    effort_at = np.arange(workout.length, dtype=np.float64)
    effort = effort_at / (effort_at + 50.0) * (0.95 + 0.05 * effort_at / workout.length)
    rest_at = np.arange(HOUR, dtype=np.float64)
    recovery = effort[-1] * (150.0 / (150.0 + rest_at)) * (1.0 - rest_at / HOUR)
    pull = np.concatenate((effort, recovery))
    during = slice(workout.start, workout.start + len(pull))
    bpm[during] += (workout.peak - bpm[during]) * pull
