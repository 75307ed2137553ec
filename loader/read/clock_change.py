"""Find the changes of a zone's offset from UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """A change of a zone's offset from UTC.

    Attributes:
        instant: naive UTC.
        before, after: the local time's offsets from UTC.
    """

    instant: datetime
    before: timedelta
    after: timedelta

    @property
    def twice(self) -> bool:
        """Whether the doubtful times occur twice; otherwise they never occur."""
        return self.after < self.before

    @property
    def begin(self) -> datetime:
        """The first doubtful time on the wall clock."""
        return self.instant + min(self.before, self.after)

    @property
    def end(self) -> datetime:
        """The first time on the wall clock after the doubtful ones."""
        return self.instant + max(self.before, self.after)


def offset_at(zone: str, instant: datetime) -> timedelta:
    """A zone's offset from UTC at a naive UTC instant."""
    offset = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None  # every ZoneInfo has one
    return offset


def changes_between(zone: str, first: datetime, last: datetime) -> list[Change]:
    """The changes of a zone's offset between two naive UTC instants, to the second."""
    found = []
    instant = first
    before = offset_at(zone, instant)
    while instant < last:
        following = min(instant + DAY, last)
        after = offset_at(zone, following)
        if after != before:
            found.append(Change(_change_within(zone, instant, following), before, after))
        instant, before = following, after
    return found


def _change_within(zone: str, low: datetime, high: datetime) -> datetime:
    """The first second after ``low`` with a different offset."""
    before = offset_at(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
    return high
