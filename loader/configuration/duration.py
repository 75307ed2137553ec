"""Durations such as ``7 days`` and ``36 hours``."""

import re
from datetime import timedelta

from loader.wording import counted

DURATION = re.compile(r"(?P<number>[1-9]\d{0,4}) ?(?P<unit>hour|day|week)s?")


def duration_of(text: str) -> timedelta | None:
    """A number of hours, days or weeks; None if it is not one."""
    found = DURATION.fullmatch(text.strip().lower())
    return found and timedelta(**{f"{found['unit']}s": int(found["number"])})


def render_duration(duration: timedelta) -> str:
    """A duration of whole hours, in days if it is so many whole days."""
    hours = round(duration.total_seconds() / 3600)
    return counted(hours // 24, "day") if hours % 24 == 0 else counted(hours, "hour")
