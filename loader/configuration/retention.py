"""How long readings are kept: ``5 years``, ``400 days``."""

import re

INTERVAL = re.compile(r"(?P<number>[1-9]\d{0,4}) ?(?P<unit>day|week|month|year)s?")

DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""The least number of days in a unit."""

LEAST_DAYS = 60
"""A day's marts look back 28 days, and late readings come for weeks; a floor in that time would be
a mistake for the age at which readings are compressed."""

MOST_DAYS = 100 * 365
"""Postgres computes with it, and there are no older readings."""


def retention_fault(text: str) -> str | None:
    """What is wrong with a value of ``RETENTION``; None if nothing is."""
    found = INTERVAL.fullmatch(text)
    if found is None:
        return "must be a duration such as 5 years or 400 days, or never"
    days = int(found["number"]) * DAYS[found["unit"]]
    if days < LEAST_DAYS:
        return f"must be {LEAST_DAYS} days or longer, not {text}"
    if days > MOST_DAYS:
        return f"must be 100 years or shorter, not {text}; never keeps everything"
    return None
