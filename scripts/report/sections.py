"""The sections of a participant's page that have a figure: title, caption and figure."""

from collections import Counter
from collections.abc import Callable

from loader.wording import counted
from scripts.report import figures
from scripts.report.explorer import explorer
from scripts.report.html import figure
from scripts.report.study import Study

LEAST_DAYS = 7
"""The fewest days from which a figure is drawn whose subject is how days or weeks differ."""

LIMITS = {
    "own limits": "the wearer's own, as Fitbit computed them",
    "estimate by reserve": "an estimate by reserve (shares of the range from the resting to the "
    "maximum heart rate, 220 − age)",
    "estimate by maximum": "an estimate by maximum (shares of the maximum heart rate, 220 − age)",
}
"""What each ``zone_source`` means."""


_HISTORY = (
    "The mean as a line, lowest to highest as a band. With scripts it can be zoomed from years to "
    "minutes: drag it, pinch it, scroll with Ctrl, or use the keys ←, →, +, − and Home."
)


def history(study: Study) -> str:
    """The whole history, which can be zoomed."""
    return explorer(study, "The whole history", _HISTORY, figures.history(study))


def _enough(days: int, of_what: str, caption: str, draw: Callable[[], str]) -> tuple[str, str]:
    """The caption and the figure, or what is missing for it."""
    if days >= LEAST_DAYS:
        return caption, draw()
    return f"Too little data: {days} of the {LEAST_DAYS} {of_what} that it takes.", ""


def resting(study: Study) -> str:
    """The resting heart rate of each day."""
    caption = (
        "One dot per day, and the median of the week's days with a worn night. A cross marks a day "
        "with fewer than 2 covered hours from 03:00 to 07:00: without the night the same person's "
        "figure is 5 to 12 bpm higher."
    )
    days = sum(row.resting_bpm is not None for row in study.days)
    minutes = counted(study.person.resting_minutes, "covered minute")
    shown = _enough(days, f"days with {minutes} in a row", caption, lambda: figures.resting(study))
    return figure("resting", "Resting heart rate", *shown)


def nights(study: Study) -> str:
    """The heart rate of each worn night."""
    caption = (
        "The mean from 03:00 to 07:00 of each night with 2 covered hours or more, and the median "
        "of the week's nights."
    )
    nights = sum(figures.is_worn_night(row) for row in study.days)
    shown = _enough(nights, "worn nights", caption, lambda: figures.nights(study))
    return figure("nights", "Night heart rate", *shown)


def day(study: Study) -> str:
    """The last valid day."""
    last = study.minutes[0].minute.date()
    caption = (
        "The mean of each minute, and its lowest to highest reading; "
        f"{min(row.min_bpm for row in study.minutes):.0f} to "
        f"{max(row.max_bpm for row in study.minutes):.0f} bpm. The line is interrupted where "
        "there are no readings."
    )
    if not figures.limits_of_day(study):
        caption += f" {reason_without_zones(study)}"
    return figure("day", f"A day by the minute: {last:%A, %-d %B %Y}", caption, figures.day(study))


def week(study: Study) -> str:
    """The hours of the week."""
    busiest = max(study.hours_of_week, key=lambda row: row.mean_bpm)
    quietest = min(study.hours_of_week, key=lambda row: row.mean_bpm)
    caption = (
        f"Highest on {_hour(busiest)} ({busiest.mean_bpm:.0f} bpm), lowest on "
        f"{_hour(quietest)} ({quietest.mean_bpm:.0f} bpm)."
    )
    days = len(study.days)
    shown = _enough(days, "days with readings", caption, lambda: figures.week(study))
    return figure("week", "Hours of the week", *shown)


def zones(study: Study, no_zones: str) -> str:
    """The time in zones of each week.

    Args:
        no_zones: why no day has zones; empty if one has.
    """
    if no_zones:
        return figure("zones", "Time in zones by week", no_zones)
    days = sum(row.zone_source is not None for row in study.days)
    shown = _enough(
        days, "days with known zones", _about_zones(study), lambda: figures.zones(study)
    )
    return figure("zones", "Time in zones by week", *shown)


def calendar(study: Study) -> str:
    """The days worn."""
    valid = sum(row.is_valid_day for row in study.days)
    return figure(
        "calendar",
        "Coverage",
        f"{counted(len(study.days), 'day')} with readings, {valid:,} of them valid (worn "
        f"{study.person.valid_day_hours:g} h or more). A cross marks a day without readings.",
        figures.calendar(study),
    )


def reason_without_zones(study: Study) -> str:
    """What is missing where zones are unknown."""
    if study.person.birth_year is None:
        return "Zones need the year of birth, birth_year in dbt_project/seeds/participants.csv."
    if study.person.zone_rule != "maximum":
        days = counted(study.person.zone_resting_days, "day")
        return f"Zones need a resting heart rate in the last {days}, below 220 − age."
    return "Zones need a maximum heart rate, 220 − age, above zero."


def _about_zones(study: Study) -> str:
    """What the weekly figure shows, by which rule, and what it leaves out."""
    days = Counter(row.zone_source for row in study.days)
    unknown = days.pop(None, 0)
    limits = [LIMITS[source] for source, _ in days.most_common()]
    if len(limits) > 1:
        limits = [
            f"{text} on {counted(count, 'day')}"
            for text, (_, count) in zip(limits, days.most_common(), strict=True)
        ]
    without = counted(unknown, "day without known zones is", "days without known zones are")
    left_out = f" {without} left out." if unknown else ""
    return (
        "Hours in the zones above light, up to the last 53 weeks. The limits are "
        f"{', '.join(limits)}. Faded: weeks with fewer than 7 days of known zones, "
        f"such as an unfinished one.{left_out}"
    )


def _hour(row: object) -> str:
    return f"{figures.WEEKDAYS[row.weekday - 1]} at {row.hour_of_day}:00"  # type: ignore[attr-defined]
