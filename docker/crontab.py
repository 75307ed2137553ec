"""Reads a crontab: which command is due in which minute."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MINUTE = timedelta(minutes=1)
LONGEST_SILENCE = timedelta(days=366)
"""A schedule that isn't due once in a year is treated as never due, even if it needs a leap day."""

AT_START = "@reboot"
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
RANGE = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?", re.ASCII)


class CrontabError(ValueError):
    """A line that can't be understood."""


@dataclass(frozen=True)
class Entry:
    """One line: when, and what.

    Attributes:
        command: what `sh` runs.
        at_start: due when the scheduler starts, and never again.
        minutes, hours, days, months, weekdays: the values that match (0 is Sunday).
        either_day: whether one of days and weekdays is enough, as when both are restricted.
        every_hour: whether the hour is `*`: then an hour that the clock repeats counts twice.
    """

    command: str
    at_start: bool = False
    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    either_day: bool = False
    every_hour: bool = False

    def is_due(self, minute: datetime) -> bool:
        """Whether the command is due in this minute of the wall clock."""
        return (
            minute.minute in self.minutes
            and minute.hour in self.hours
            and self._is_due_on(minute.date())
        )

    def last_due(self, before: datetime) -> datetime | None:
        """The latest minute at or before this one in which the command was due."""
        latest = before.replace(second=0, microsecond=0)
        day = latest.date()
        while latest.date() - day < LONGEST_SILENCE:
            if self._is_due_on(day):
                for hour in sorted(self.hours, reverse=True):
                    for minute in sorted(self.minutes, reverse=True):
                        due = datetime(day.year, day.month, day.day, hour, minute)
                        if due <= latest:
                            return due
            day -= timedelta(days=1)
        return None

    def _is_due_on(self, day: date) -> bool:
        in_days, in_weekdays = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (
            in_days or in_weekdays if self.either_day else in_days and in_weekdays
        )


def read_crontab(text: str, environ: Mapping[str, str]) -> list[Entry]:
    """Read a crontab's text; `${NAME:-default}` is replaced from `environ`.

    Raises:
        CrontabError: names the first line that can't be understood, and why.
    """
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                entries.append(_read_line(VARIABLE.sub(lambda m: environ.get(m[1]) or m[2], line)))
            except CrontabError as error:
                raise CrontabError(f"line {number}, {line.strip()!r}: {error}") from None
    return entries


def due(entries: Iterable[Entry], seen: datetime, now: datetime) -> list[Entry]:
    """The entries due now, if everything up to the minute `seen` has run; called once a minute.

    An entry that was due while the clock skipped ahead or the machine slept (for up to a day) is
    due once. After the clock went back (the end of summer time), only hourly entries are due again.
    """
    if now <= seen:
        return [entry for entry in entries if entry.every_hour and entry.is_due(now)]
    first = max(seen + MINUTE, now - timedelta(days=1))
    missed = [first + MINUTE * step for step in range((now - first) // MINUTE + 1)]
    return [entry for entry in entries if any(map(entry.is_due, missed))]


def _read_line(line: str) -> Entry:
    words = line.split(None, 1)
    if words[0] == AT_START:
        return Entry(_command(words[1:]), at_start=True)
    if words[0].startswith("@"):
        if words[0] not in NICKNAMES:
            raise CrontabError(f"{words[0]} is none of {', '.join([AT_START, *NICKNAMES])}")
        return _entry(NICKNAMES[words[0]].split(), _command(words[1:]))
    fields = line.split(None, 5)
    if "=" in fields[0]:
        raise CrontabError("variables are set in docker-compose.yml, not here")
    return _entry(fields[:5], _command(fields[5:]))


def _command(rest: list[str]) -> str:
    if not rest:
        raise CrontabError("there are fewer than five fields and a command")
    command = rest[0].strip()
    if re.search(r"(?<!\\)%", command):
        raise CrontabError("a % in a command has to be written \\%")
    return command.replace("\\%", "%")


def _entry(fields: list[str], command: str) -> Entry:
    minutes, hours, days, months, weekdays = fields
    return Entry(
        command,
        minutes=_values(minutes, 0, 59),
        hours=_values(hours, 0, 23),
        days=_values(days, 1, 31),
        months=_values(months, 1, 12, MONTHS, 1),
        weekdays=frozenset(value % 7 for value in _values(weekdays, 0, 7, WEEKDAYS)),
        either_day=not days.startswith("*") and not weekdays.startswith("*"),
        every_hour=hours.startswith("*"),
    )


def _values(
    field: str, lowest: int, highest: int, names: tuple[str, ...] = (), offset: int = 0
) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        match = RANGE.fullmatch(part)
        if not match:
            raise CrontabError(f"{part!r} is not a number, a range, * or a step")
        star, first, last, step = match.groups()
        if step and not (star or last):
            raise CrontabError(f"{part!r}: a step needs a range or *")
        low = lowest if star else _number(first, names, offset)
        high = highest if star else _number(last or first, names, offset)
        if not lowest <= low <= high <= highest or step == "0":
            raise CrontabError(f"{part!r} is not within {lowest} to {highest}")
        values.update(range(low, high + 1, int(step or 1)))
    return frozenset(values)


def _number(word: str, names: tuple[str, ...], offset: int) -> int:
    if word.isdigit():
        return int(word)
    if word.lower() in names:
        return names.index(word.lower()) + offset
    raise CrontabError(f"{word!r} is not a number" + (f" or one of {names}" if names else ""))
