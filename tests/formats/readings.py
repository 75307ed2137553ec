"""The readings expected from a fixture's files, and which row wins if several overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from loader.readers import READERS


class Reading(NamedTuple):
    """One row of heart_rate: the instant is aware and in UTC, the value in beats per minute."""

    participant_id: str
    timestamp: datetime
    value: float
    confidence: int | None = None


HR_CSV, FITABASE, INTRADAY_JSON = "hr.csv", "fitabase", "intraday json"
HEALTH_CONNECT = "health connect"
TAKEOUT_CSV, TAKEOUT_JSON = "takeout csv", "takeout json"
FITABASE_SINGLE = "fitabase single"
CSV_LOCAL, CSV_INSTANTS = "csv with local times", "csv with instants"
TAKEOUT_JSON_LOCAL = "local takeout json"
GOOGLE_CSV, GOOGLE_JSON = "google health csv", "google health json"

RANKS = {reader.name: reader.rank for reader in READERS}
"""If files of two formats have the same instant, the higher rank wins (docs/formats.md)."""


class Line(NamedTuple):
    """A reading and its place: rank, path below DATA_DIR and position in the file."""

    rank: int
    path: str
    number: int
    reading: Reading
    device: str = ""


@dataclass(frozen=True)
class Expected:
    """What the loader should make of a fixture.

    Attributes:
        readings: the rows of heart_rate, sorted.
        rows: how many rows the files have, without blank lines.
        rejected: how many of them are not readings.
        repeated, ambiguous: local times that occur twice, and whose order does or doesn't decide
            which is which.
        never: local times that the clock skipped.
    """

    readings: list[Reading]
    rows: int
    rejected: int = 0
    repeated: int = 0
    ambiguous: int = 0
    never: int = 0

    @property
    def duplicates(self) -> int:
        """Rows that lost to another row of the same instant."""
        return self.rows - self.rejected - len(self.readings)

    @property
    def participants(self) -> set[str]:
        """The participants who have a reading."""
        return {reading.participant_id for reading in self.readings}


def expect(readings: Sequence[Reading], rejected: int = 0) -> Expected:
    """Rows of distinct instants, and `rejected` rows that are not readings."""
    assert len({reading[:2] for reading in readings}) == len(readings)
    return Expected(sorted(readings), len(readings) + rejected, rejected)


def last_wins(lines: Iterable[Line]) -> Expected:
    """Of the rows of an instant, the last one in the order (rank, device, path, line) wins.

    A device with more instants on the UTC day comes after others, and rows without one come first.
    """
    lines = list(lines)
    instants: dict[tuple[str, date, str], set[datetime]] = defaultdict(set)
    for line in lines:
        if line.device:
            who, instant, *_ = line.reading
            instants[who, instant.date(), line.device].add(instant)
    # Sorts keep the order of equals, so the last sort is the first to decide.
    ordered = sorted(lines, key=lambda line: (line.path, line.number))
    ordered.sort(key=lambda line: line.device, reverse=True)
    ordered.sort(
        key=lambda line: (
            line.rank,
            len(instants[line.reading[0], line.reading[1].date(), line.device]),
        )
    )
    winners = {line.reading[:2]: line.reading for line in ordered}
    return Expected(sorted(winners.values()), len(ordered))


def in_file(file_format: str, path: str, readings: Iterable[Reading]) -> list[Line]:
    """The rows of one file, in their order."""
    return [
        Line(RANKS[file_format], path, number, reading) for number, reading in enumerate(readings)
    ]


def series(
    participant: str,
    start: str,
    count: int,
    *,
    step: int = 10,
    lowest: int = 60,
    confidence: int | None = None,
) -> list[Reading]:
    """`count` readings every `step` seconds from `start` (ISO, UTC), 40 values from `lowest` on."""
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [
        Reading(
            participant, first + timedelta(seconds=step * n), float(lowest + n % 40), confidence
        )
        for n in range(count)
    ]
