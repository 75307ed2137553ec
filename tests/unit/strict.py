"""The grammars of docs/formats.md once more, in plain Python: what a field means, or None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UTC_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(?:(Z)|([+-])(\d\d):?(\d\d)?)?",
    re.ASCII,
)
AMERICAN_TIME = re.compile(
    r"(\d\d?)/(\d\d?)/(\d\d|\d{4}) (\d\d?):(\d\d)(?::(\d\d))?(?: ([AP])M)?",
    re.ASCII | re.IGNORECASE,
)
NUMBER = re.compile(r"[ \t\v\f]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\v\f]*", re.ASCII)
FLOAT_ID = re.compile(r"(0|[1-9]\d{0,14})\.0+", re.ASCII)
EXPONENT_ID = re.compile(r"([1-9])\.(\d{1,14})[eE]\+?(\d\d?)", re.ASCII)


def unquoted(field: str) -> str:
    """A field without one pair of quotes."""
    text = field.strip(" ")
    return text[1:-1] if re.fullmatch('"[^"]*"', text) else text


def utc_time(field: str) -> datetime | None:
    """An instant of a CSV, naive UTC."""
    found = UTC_TIME.fullmatch(unquoted(field))
    if not found:
        return None
    *date_and_hour, minute, second, fraction, _, sign, hours, minutes = found.groups()
    if hours is not None and (int(hours) > 15 or int(minutes or 0) > 59 or found[0][-1] == ":"):
        return None
    microseconds = int((fraction or "0")[:6].ljust(6, "0"))
    parts = [int(part) for part in (*date_and_hour, minute, second or "0")]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        instant = datetime(*parts, microseconds, tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return of_our_time(instant.replace(tzinfo=None), offset if sign == "-" else -offset)


def iso_local_time(field: str) -> datetime | None:
    """A local time: an instant's text, but without Z and offset."""
    found = UTC_TIME.fullmatch(unquoted(field))
    return utc_time(field) if found and not found[8] and not found[9] else None


def instant(field: str) -> datetime | None:
    """An instant that says so, by Z or an offset."""
    return None if iso_local_time(field) else utc_time(field)


EPOCH = re.compile(r"(\d{10})(?:\.(\d{1,9}))?|(\d{10})(\d{3})", re.ASCII)


def epoch(field: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    found = EPOCH.fullmatch(unquoted(field))
    if not found:
        return None
    seconds, fraction = found[1] or found[3], found[2] or found[4] or "0"
    shift = timedelta(seconds=int(seconds), microseconds=int(fraction[:6].ljust(6, "0")))
    return of_our_time(datetime(1970, 1, 1), shift)


def with_decimal_point(field: str) -> str:
    """A field whose comma is a decimal comma."""
    return field if "." in field else field.replace(",", ".")


def american_time(field: str) -> datetime | None:
    """A time written months first."""
    found = AMERICAN_TIME.fullmatch(field)
    if not found:
        return None
    month, day, year, hour, minute, second, half = found.groups()
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 69 else 2000)
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half in "pP" else 0)
    try:
        time = datetime(full_year, int(month), int(day), hours, int(minute), int(second or 0))
    except ValueError:
        return None
    return of_our_time(time, timedelta())


def fields(line: str, delimiter: str) -> list[str]:
    """The fields of a line, in which a delimiter between two quotes is text."""
    if line.count('"') % 2:
        return line.split(delimiter)
    found, within = [""], False
    for letter in line:
        within ^= letter == '"'
        if letter == delimiter and not within:
            found.append("")
        else:
            found[-1] += letter
    return found


def counted(field: str, unit: str) -> datetime | None:
    """Seconds or milliseconds since 1970."""
    text = unquoted(field)
    digits = {"seconds": 6, "milliseconds": 3}[unit]
    if not re.fullmatch(rf"[0-9]{{1,{16 - digits}}}(\.[0-9]{{1,9}})?", text):
        return None
    whole, _, fraction = text.partition(".")
    microseconds = int(whole + fraction[:digits].ljust(digits, "0"))
    return of_our_time(datetime(1970, 1, 1), timedelta(microseconds=microseconds))


def with_slashes(field: str) -> str:
    """A date with dots as one with slashes."""
    return re.sub(r'^([ "]*[0-9]{1,2})\.([0-9]{1,2})\.', r"\1/\2/", field)


def day_first_time(field: str) -> datetime | None:
    """A time like an American one with the day first."""
    swapped = re.sub(r"^(\d\d?)/(\d\d?)/", r"\2/\1/", field, flags=re.ASCII)
    return american_time(swapped)


def study_time(field: str, *, day_first: bool) -> datetime | None:
    """A local time with slashes or in ISO."""
    written = day_first_time if day_first else american_time
    return written(unquoted(field)) or iso_local_time(field)


def of_our_time(time: datetime, shift: timedelta) -> datetime | None:
    """A time moved by an offset, if it is of the years 1900 to 2199."""
    try:
        moved = time + shift
    except OverflowError:
        return None
    return moved if 1900 <= moved.year < 2200 else None


def heart_rate(field: str) -> float | None:
    """A value of over 0, up to 300."""
    found = NUMBER.fullmatch(field) or NUMBER.fullmatch(unquoted(field))
    value = float(found[1]) if found else 0.0
    return value if 0 < value <= 300 else None


def instant_of_millis(field: object) -> datetime | None:
    """An instant of Health Connect's, naive UTC."""
    if type(field) is not int:
        return None
    try:
        return of_our_time(datetime(1970, 1, 1), timedelta(milliseconds=field))
    except OverflowError:
        return None


def whole_heart_rate(field: object) -> float | None:
    """A value of Health Connect's."""
    return float(field) if type(field) is int and 0 < field <= 300 else None


def participant(field: str) -> str | None:
    """Whose row it is; an Id written as a float is the whole number."""
    text = unquoted(field).strip(" ")
    if FLOAT_ID.fullmatch(text):
        return text.split(".")[0]
    found = EXPONENT_ID.fullmatch(text)
    if found:
        first, fraction, exponent = found[1], found[2], int(found[3])
        if len(fraction) >= exponent and not fraction[exponent:].strip("0"):
            return first + fraction[:exponent]
    return text if 1 <= len(text.encode()) <= 200 else None
