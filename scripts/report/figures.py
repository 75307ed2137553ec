"""The figures of a participant's page."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scripts.report.drawing import (
    BROAD,
    COLOURS,
    HOURS,
    Ink,
    bare,
    colour_bar,
    date_axis,
    dots,
    in_both_widths,
    least_span,
    svg_of,
)
from scripts.report.rules import RULES
from scripts.report.study import Study

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKS_SHOWN = 53
YEARS_SHOWN = 5
FADED = 0.4
"""How opaque a bar of an unfinished week is."""
LEAST_SPAN = 20
"""The least span of an axis of daily rates, in bpm."""


def history(study: Study) -> str:
    """The mean of each day as a line, lowest to highest as a band; interrupted without readings."""

    def draw(axes: Axes) -> None:
        by_day = {row.day: row for row in study.days}
        first, last = study.days[0].day, study.days[-1].day
        dates = np.arange(first, last + timedelta(days=1), dtype="datetime64[D]")
        rates = np.full((3, len(dates)), np.nan)
        for day, row in by_day.items():
            rates[:, (day - first).days] = row.mean_bpm, row.min_bpm, row.max_bpm
        axes.fill_between(dates, rates[1], rates[2], color=Ink.BAND.value, alpha=0.5, linewidth=0)
        axes.plot(dates, rates[0], color=Ink.SERIES.value, linewidth=1)
        axes.set_ylabel("bpm")
        date_axis(axes)

    return svg_of(draw)


def nights(study: Study) -> str:
    """The mean heart rate from 03:00 to 07:00 of worn nights, and the median of the week's."""

    def draw(axes: Axes) -> None:
        worn = [(row.day, row.night_mean_bpm) for row in study.days if is_worn_night(row)]
        days = np.array([day for day, _ in worn], dtype="datetime64[D]")
        dots(axes, days, [bpm for _, bpm in worn])
        axes.plot(days, _by_week(worn), color=Ink.SERIES.value, linewidth=1.8)
        axes.set_ylabel("night, bpm")
        least_span(axes, LEAST_SPAN)
        date_axis(axes)

    return svg_of(draw)


def is_worn_night(row: Any) -> bool:
    """Whether a day has enough covered minutes from 03:00 to 07:00 for its rates to be compared."""
    return bool(row.night_minutes >= RULES.night_minutes)


def resting(study: Study) -> str:
    """Resting heart rate: one point per day, and the median of the week's days with a worn night.

    A day without one has another marker.
    """

    def draw(axes: Axes) -> None:
        rows = [row for row in study.days if row.resting_bpm is not None]
        for worn in (True, False):
            of_kind = [row for row in rows if is_worn_night(row) is worn]
            dates = np.array([row.day for row in of_kind], dtype="datetime64[D]")
            rates = [row.resting_bpm for row in of_kind]
            if worn:
                dots(axes, dates, rates)
            else:
                axes.plot(dates, rates, "x", color=Ink.MUTED.value, markersize=4)
        rested = [(row.day, row.resting_bpm) for row in rows if is_worn_night(row)]
        nights = np.array([day for day, _ in rested], dtype="datetime64[D]")
        axes.plot(nights, _by_week(rested), color=Ink.SERIES.value, linewidth=1.8)
        axes.set_ylabel("resting, bpm")
        least_span(axes, LEAST_SPAN)
        date_axis(axes)

    return svg_of(draw)


def day(study: Study) -> str:
    """One day by the minute: the mean as a line, lowest to highest as a band, zones as lines."""

    def draw(axes: Axes) -> None:
        instants, means, lows, highs = _with_breaks(study.minutes)
        minutes = np.array(instants, dtype="datetime64[s]")
        axes.fill_between(minutes, lows, highs, color=Ink.BAND.value, alpha=0.5, linewidth=0)
        axes.plot(minutes, means, color=Ink.SERIES.value, linewidth=1)
        start = study.minutes[0].minute.replace(hour=0, minute=0)
        axes.set_xlim(start, start + timedelta(days=1))
        limits = limits_of_day(study)
        least_span(axes, 3 * LEAST_SPAN)
        bottom, top = axes.get_ylim()
        axes.set_ylim(bottom, max([top, *(bpm + 6 for bpm in limits.values())]))
        for zone, bpm in limits.items():
            axes.axhline(bpm, color=Ink.MUTED.value, linewidth=0.8, linestyle=(0, (4, 3)))
            axes.text(
                start + timedelta(minutes=8),
                bpm + 1,
                f"{zone} from {bpm:.0f}",
                fontsize=9,
                color=Ink.MUTED.value,
            )
        axes.set_ylabel("bpm")
        every_six_hours = mdates.HourLocator(byhour=HOURS[:-1])  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(every_six_hours)
        clock = mdates.DateFormatter("%H:%M")  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(clock)
        axes.set_xlabel(clock_of(study))

    return svg_of(draw, height=3.6)


def clock_of(study: Study) -> str:
    """The name of an axis with times."""
    return f"clock of {study.time_zone}"


def limits_of_day(study: Study) -> dict[str, float]:
    """Where the zones of the day by the minute begin, in bpm; empty if that is unknown."""
    shown = study.minutes[0].minute.date()
    (row,) = [row for row in study.days if row.day == shown]
    if row.zone_source is None:
        return {}
    return {
        "moderate": row.moderate_from_bpm,
        "vigorous": row.vigorous_from_bpm,
        "peak": row.peak_from_bpm,
    }


def week(study: Study) -> str:
    """The mean of each hour of the week."""

    def draw(axes: Axes) -> None:
        table = np.full((7, 24), np.nan)
        for row in study.hours_of_week:
            table[row.weekday - 1, row.hour_of_day] = row.mean_bpm
        low, high = _colour_limits(table)
        mesh = axes.pcolormesh(
            table, cmap=COLOURS, vmin=low, vmax=high, edgecolors=Ink.PAPER.value, linewidth=1
        )
        axes.set_yticks(np.arange(7) + 0.5, WEEKDAYS)
        axes.set_xticks(HOURS, [f"{hour}:00" for hour in HOURS])
        axes.invert_yaxis()
        axes.set_xlabel(clock_of(study))
        bare(axes)
        figure = axes.get_figure()
        assert isinstance(figure, Figure)
        colour_bar(figure, [axes], mesh, "mean, bpm")

    return svg_of(draw, height=3.0)


def _colour_limits(table: NDArray[np.float64]) -> tuple[float, float]:
    """The rates of the darkest and the brightest colour, which differ by the least span or more."""
    low, high = np.nanmin(table), np.nanmax(table)
    missing = max(LEAST_SPAN - (high - low), 0) / 2
    return float(low - missing), float(high + missing)


def zones(study: Study) -> str:
    """Hours in each zone above light, one bar per week; days without known zones are left out."""

    def draw(axes: Axes) -> None:
        weeks = weeks_of_zones(study)[-WEEKS_SHOWN:]
        middles: Any = [week.monday + timedelta(days=3) for week in weeks]
        bottom = np.zeros(len(weeks))
        for number, (zone, ink, hatch) in enumerate(
            (
                ("moderate", Ink.MODERATE, ""),
                ("vigorous", Ink.VIGOROUS, "////"),
                ("peak", Ink.PEAK, "xxxx"),
            )
        ):
            hours = np.array([week.hours[number] for week in weeks])
            bars = axes.bar(
                middles,
                hours,
                width=5.6,
                bottom=bottom,
                label=zone,
                color=ink.value,
                hatch=hatch,
                edgecolor=Ink.PAPER.value,
                linewidth=0.5,
            )
            for bar, week in zip(bars, weeks, strict=True):
                bar.set_alpha(1 if week.days == 7 else FADED)
            bottom += hours
        axes.set_ylabel("hours a week")
        axes.set_ylim(0, max(1, 1.05 * bottom.max()))
        zone_colours = axes.legend(
            frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), handleheight=1.2
        )
        for patch in zone_colours.get_patches():
            patch.set_alpha(1)
        axes.grid(axis="x", visible=False)
        date_axis(axes)

    return svg_of(draw, height=2.8)


@dataclass
class Week:
    """Hours in the zones moderate, vigorous and peak, on the week's days with known zones."""

    monday: date
    days: int = 0
    hours: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


def weeks_of_zones(study: Study) -> list[Week]:
    """The weeks with a day whose zones are known, in order."""
    weeks: dict[date, Week] = {}
    for row in study.days:
        if row.zone_source is None:
            continue
        monday = row.day - timedelta(days=row.day.weekday())
        week = weeks.setdefault(monday, Week(monday))
        week.days += 1
        for number, minutes in enumerate(
            (row.minutes_moderate, row.minutes_vigorous, row.minutes_peak)
        ):
            week.hours[number] += minutes / 60
    return [weeks[monday] for monday in sorted(weeks)]


def calendar(study: Study) -> str:
    """Hours worn per day, one strip of weeks per year; a cross marks a day without readings."""
    worn = {row.day: row.hours_worn for row in study.days}
    return in_both_widths(lambda width: _strips(worn, width))


def _strips(worn: dict[date, float], width: float) -> Figure:
    first, last = min(worn), max(worn)
    years = range(first.year, last.year + 1)[-YEARS_SHOWN:]
    strip = 1.25 if width == BROAD else 0.75
    figure = Figure(figsize=(width, 0.9 + strip * len(years)), layout="constrained")
    image: Any = None
    for number, year in enumerate(years):
        axes = figure.add_subplot(len(years), 1, number + 1)
        table = np.full((7, 54), np.nan)
        missing = []
        for day, column in _weeks_of(year):
            if day in worn:
                table[day.weekday(), column] = worn[day]
            elif first <= day <= last:
                missing.append((column + 0.5, day.weekday() + 0.5))
        image = axes.imshow(
            table, cmap=COLOURS, vmin=0, vmax=24, interpolation="none", extent=(0, 54, 7, 0)
        )
        axes.plot(*np.transpose(missing or [(np.nan, np.nan)]), "x", color=Ink.INK.value, ms=3)
        axes.set(xlim=(0, 54), ylim=(7, 0), ylabel=str(year))
        axes.vlines(range(55), 0, 7, color=Ink.PAPER.value, linewidth=0.8)
        axes.hlines(range(8), 0, 54, color=Ink.PAPER.value, linewidth=0.8)
        _name_months_and_days(axes, year)
        bare(axes)
    bar = figure.colorbar(
        image, ax=figure.axes, location="top", shrink=0.35, aspect=25, anchor=(0, 0), ticks=HOURS
    )
    bar.set_label("hours worn")
    bar.outline.set_visible(False)
    return figure


def _name_months_and_days(axes: Axes, year: int) -> None:
    """Name every month, or its first letter where there is little room, and every other weekday."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    letters = 3 if figure.get_figwidth() == BROAD else 1
    axes.set_yticks(np.arange(0, 7, 2) + 0.5, [day[:letters] for day in WEEKDAYS[::2]])
    firsts = [(day, column) for day, column in _weeks_of(year) if day.day == 1]
    axes.set_xticks(
        [column + 0.5 for _, column in firsts], [f"{day:%b}"[:letters] for day, _ in firsts]
    )


def _weeks_of(year: int) -> list[tuple[date, int]]:
    """Each day of a year with its week's number, from 0; weeks begin on Monday."""
    begin = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - begin).days
    return [
        (begin + timedelta(days=offset), (offset + begin.weekday()) // 7) for offset in range(days)
    ]


def _by_week(rested: list[tuple[date, float]]) -> list[float]:
    known = dict(rested)
    medians = []
    for current, _ in rested:
        near = [known.get(current + timedelta(days=offset)) for offset in range(-3, 4)]
        medians.append(median(bpm for bpm in near if bpm is not None))
    return medians


def _with_breaks(
    rows: list[Any],
) -> tuple[list[datetime], list[float], list[float], list[float]]:
    """The minutes as columns, with a NaN wherever minutes are missing."""
    minutes: list[datetime] = []
    columns: tuple[list[float], list[float], list[float]] = ([], [], [])
    for row in rows:
        if minutes and row.minute - minutes[-1] > timedelta(minutes=1):
            minutes.append(minutes[-1] + timedelta(minutes=1))
            for column in columns:
                column.append(float("nan"))
        minutes.append(row.minute)
        for column, bpm in zip(columns, (row.mean_bpm, row.min_bpm, row.max_bpm), strict=True):
            column.append(bpm)
    return minutes, *columns
