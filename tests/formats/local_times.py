"""The rule by which local times become instants, written to be read and not to be fast.

The times of one file and one participant are taken as rising in real time.

* A time that exists once is that instant.
* A time that never exists (the clock jumped over it) is read with the offset before the jump:
  02:30 in Berlin's missing hour is 01:30 UTC, which the clock there calls 03:30.
* A time that comes twice: neighbouring rows with such times are one *visit* to the repeated hour.
  From the first step back by at least half of the repeated time (which is an hour, or half an hour
  on Lord Howe), a visit's rows belong to the second pass; before it to the first. Smaller steps
  back are disorder and mean nothing. A visit without such a step does not tell which pass it is:
  its rows are given the earlier instant and counted as ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import pairwise
from zoneinfo import ZoneInfo


class Kind(Enum):
    """How often the clock showed a local time, and whether the order of rows told which."""

    ONCE = "once"
    NEVER = "never"
    REPEATED = "repeated"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True)
class Resolved:
    """What a local time was taken for."""

    instant: datetime
    kind: Kind


def resolve(times: Sequence[datetime], zone: ZoneInfo) -> list[Resolved]:
    """The instants (UTC) of naive local `times`, which stand in the order of the file."""
    resolved: list[Resolved] = []
    for repeated, visit in _visits(times, zone):
        resolved += _passes(visit, zone) if repeated else [_single(time, zone) for time in visit]
    return resolved


def back_at(time: datetime, zone: ZoneInfo) -> timedelta:
    """By how much the clock went back to show `time` again: zero where it was shown once, below
    zero where it never was."""
    earlier, later = (time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert earlier is not None
    assert later is not None
    return earlier - later


def _visits(times: Sequence[datetime], zone: ZoneInfo) -> Iterator[tuple[bool, list[datetime]]]:
    """Neighbours that belong together: all in the same repeated hour, or all outside one."""
    visit: list[datetime] = []
    for time in times:
        if visit and not _same_visit(visit[-1], time, zone):
            yield _is_repeated(visit[-1], zone), visit
            visit = []
        visit.append(time)
    if visit:
        yield _is_repeated(visit[-1], zone), visit


def _same_visit(time: datetime, following: datetime, zone: ZoneInfo) -> bool:
    if not _is_repeated(time, zone) or not _is_repeated(following, zone):
        return _is_repeated(time, zone) == _is_repeated(following, zone)
    return abs(following - time) < back_at(time, zone)


def _is_repeated(time: datetime, zone: ZoneInfo) -> bool:
    return back_at(time, zone) > timedelta(0)


def _single(time: datetime, zone: ZoneInfo) -> Resolved:
    kind = Kind.NEVER if back_at(time, zone) < timedelta(0) else Kind.ONCE
    return Resolved(_instant(time, zone, second_pass=False), kind)


def _passes(visit: list[datetime], zone: ZoneInfo) -> list[Resolved]:
    second_pass = [False]
    for time, following in pairwise(visit):
        stepped_back = time - following >= back_at(time, zone) / 2
        second_pass.append(second_pass[-1] or stepped_back)
    kind = Kind.REPEATED if any(second_pass) else Kind.AMBIGUOUS
    return [
        Resolved(_instant(time, zone, second_pass=second), kind)
        for time, second in zip(visit, second_pass, strict=True)
    ]


def _instant(time: datetime, zone: ZoneInfo, *, second_pass: bool) -> datetime:
    # zoneinfo reads a time that never was with the offset before the jump, if fold is 0.
    return time.replace(tzinfo=zone, fold=int(second_pass)).astimezone(UTC)
