"""The quantity that a file's own name says it has, where its header could be that of heart rates.

Takeout's ``Minute SpO2 - 2024-01-31.csv`` has the header of hr.csv, and its files of resting rates
have the header of its heart rates.
"""

import re

RESTING_RATE = re.compile(r"resting[ _-]*heart[ _-]*rate", re.IGNORECASE)

OTHER_QUANTITY = re.compile(
    r"(?<![a-z])(?:steps?|calor[a-z]*|distances?|sleep|spo2|oxygen|saturation|temperatures?|weights?"
    r"|glucose|elevations?|floors?|altitudes?|intensit[a-z]*|breath[a-z]*|respirat[a-z]*|speed"
    r"|cadence|power)(?![a-z])",
    re.IGNORECASE,
)
"""Whole words: Stephen's file has heart rates."""

NEVER_HEART_RATE = re.compile(
    r"(?<![a-z])(?:hrv|(?:heart[ _-]*rate[ _-]*)?variab[a-z]*|pulse[ _-]*ox[a-z]*)(?![a-z])",
    re.IGNORECASE,
)
"""Words that contain one for heart rates."""

HEART_RATE = re.compile(r"heart|herz|puls|bpm|(?<![a-z])hr(?![a-z])", re.IGNORECASE)

WORDS_IN_NAMES = tuple(
    words.pattern for words in (RESTING_RATE, OTHER_QUANTITY, NEVER_HEART_RATE, HEART_RATE)
)
"""The words that decide whether a file is read."""

CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


def resting_rate(name: str) -> str | None:
    """The words of a file's name that say that it has resting heart rates; None without any.

    Args:
        name: its path below ``DATA_DIR``; its folders don't count.
    """
    found = RESTING_RATE.search(own_name(name))
    return found[0] if found else None


def other_quantity(text: str) -> str | None:
    """The word of a text that says that it isn't about heart rates; None without any.

    Args:
        text: a file's own name, because a study of sleep has heart rates in its folder; or the name
            of a column.
    """
    words = f"{text} {CAMEL_CASE.sub(' ', text)}"
    found = NEVER_HEART_RATE.search(words)
    if found is None and not HEART_RATE.search(words):
        found = OTHER_QUANTITY.search(words)
    return found[0] if found else None


def quantity_in_name(name: str) -> str | None:
    """The words of a file's name that may keep it from being read; None without any.

    Args:
        name: its path below ``DATA_DIR``.
    """
    return resting_rate(name) or other_quantity(own_name(name))


def own_name(name: str) -> str:
    """The name of a file, without its folders."""
    return name.rsplit("/", 1)[-1]
