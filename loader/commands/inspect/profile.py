"""Describe the rows that were read: their range, steps, duplicates and rejected rows."""

from dataclasses import dataclass
from datetime import datetime

from loader.read.scratch import Scratch, utc
from loader.sql import statement


@dataclass(frozen=True)
class Profile:
    """What the rows read are.

    Attributes:
        rows, readings, rejected: how many; blank lines are rows and neither of the others.
        first_timestamp, last_timestamp: their range; None without a reading.
        participants: whose they are, in order.
        duplicates: rows that repeat an instant.
        steps_back: rows that are earlier than the one before of the same file and participant.
        steps: how many rows have one before them.
        common_steps: (seconds, how often), the three most common.
    """

    rows: int
    readings: int
    rejected: int
    first_timestamp: datetime | None
    last_timestamp: datetime | None
    participants: list[str]
    duplicates: int
    steps_back: int
    steps: int
    common_steps: list[tuple[float, int]]


@dataclass(frozen=True)
class Reason:
    """Why rows were rejected, how often, and the first of them."""

    reason: str
    times: int
    name: str
    line: int
    raw: str


def profile(scratch: Scratch) -> Profile:
    """The profile of deduplicated rows."""
    # Rows that alternate between participants have to be sorted; others are neighbours as read.
    alternate = scratch.value(statement("commands/inspect/sources_alternate"))
    neighbours = "partition by source_id order by rowid" if alternate else ""
    query = statement("commands/inspect/profile").format(neighbours=neighbours)
    ((rows, readings, rejected, first, last, participants, *rest, common),) = scratch.rows(query)
    duplicates, steps_back, steps = rest
    return Profile(
        rows,
        readings,
        rejected,
        first and utc(first),
        last and utc(last),
        participants or [],
        duplicates,
        steps_back,
        steps,
        [(step["seconds"], step["times"]) for step in common or []],
    )


def devices(scratch: Scratch) -> list[tuple[str, int]]:
    """(device or app, readings), most readings first; empty if no row names one.

    Duplicates are counted each time, and so are readings that lose to another device's.
    """
    found = scratch.rows(statement("commands/inspect/devices"))
    return found if any(device for device, _ in found) else []


def rejected_reasons(scratch: Scratch) -> list[Reason]:
    """Why rows were rejected, the most frequent reason first."""
    return [Reason(*row) for row in scratch.rows(statement("commands/inspect/rejected_reasons"))]
