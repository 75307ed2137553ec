"""The headline figures: the last 30 days, the 30 before, and the same 30 a year earlier."""

from dataclasses import dataclass
from typing import Any

from loader.wording import counted
from scripts.report.html import text
from scripts.report.rules import RULES
from scripts.report.study import Study


@dataclass(frozen=True)
class Headline:
    """A figure of a period of days.

    Attributes:
        column: its column in ``sql/headlines.sql``.
        days: the column with the number of days that it is computed from.
        counted: what these days are.
    """

    title: str
    unit: str
    column: str
    days: str
    counted: str


RATES = (
    Headline("Resting rate", "bpm", "resting_bpm", "resting_nights", "worn night"),
    Headline("Night rate", "bpm", "night_bpm", "nights", "worn night"),
    Headline("Worn", "h a day", "hours_worn", "calendar_days", "calendar day"),
)
ZONES = (
    Headline("Moderate", "min a day", "minutes_moderate", "zone_days", "valid day"),
    Headline("Vigorous", "min a day", "minutes_vigorous", "zone_days", "valid day"),
    Headline("Peak", "min a day", "minutes_peak", "zone_days", "valid day"),
)


def headlines(study: Study, no_zones: str) -> str:
    """The section of the page.

    Args:
        no_zones: why no day has zones; empty if one has.
    """
    periods = {row.period: row for row in study.headlines}
    shown = RATES if no_zones else RATES + ZONES
    tiles = "".join(_tile(headline, periods) for headline in shown)
    return (
        f"<section id=headlines>\n<h2>The last {RULES.period_days} days</h2>\n"
        f"<p class=muted>{_about(periods['now'])} {text(no_zones)}</p>\n"
        f"<dl class=tiles>\n{tiles}</dl>\n</section>\n"
    )


def _about(now: Any) -> str:
    return (
        f"Means from {now.period_start:%-d %B %Y} to {now.period_end:%-d %B %Y}, the last day with "
        f"readings, next to those of the {RULES.period_days} calendar days before and of the same "
        "days a year earlier. Resting and night rate are means of nights with "
        f"{RULES.night_minutes // 60} covered hours or more from 03:00 to 07:00; minutes in zones "
        f"are means of valid days. Each needs at least {RULES.period_least} days or nights."
    )


def _tile(headline: Headline, periods: dict[str, Any]) -> str:
    now = _value(headline, periods["now"])
    if now is None:
        days = counted(getattr(periods["now"], headline.days), headline.counted)
        large, rest = "–", [f"too little data: {days}"]
    else:
        large = f"{now:.1f}"
        rest = [
            _compared(headline, now, periods[period], name)
            for period, name in (
                ("before", f"{RULES.period_days} days before"),
                ("a year earlier", "a year earlier"),
            )
        ]
    lines = "".join(f"<dd class=muted>{line}</dd>" for line in rest)
    figure = f"<strong>{large}</strong> {headline.unit}"
    return f"<div><dt>{headline.title}</dt><dd>{figure}</dd>{lines}</div>\n"


def _compared(headline: Headline, now: float, period: Any, name: str) -> str:
    then = _value(headline, period)
    if then is None:
        return f"{name}: too little data"
    difference = round(now, 1) - round(then, 1)
    sign = "±" if abs(difference) < 0.05 else "+" if difference > 0 else "−"
    return f"{name}: {then:.1f} ({sign}{abs(difference):.1f})"


def _value(headline: Headline, period: Any) -> float | None:
    """The figure of a period, or None with too few days."""
    if getattr(period, headline.days) < RULES.period_least:
        return None
    value: float = getattr(period, headline.column)
    return value
