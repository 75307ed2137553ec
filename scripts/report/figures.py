"""Each figure as an SVG of text and paths, whose colours follow the page's light or dark scheme.

Matplotlib needs fixed colours, but a page with a dark scheme needs CSS variables. So figures are
drawn with the placeholder colours of ``Ink``, which are then replaced by the variables.
"""

import io
import re
import warnings
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

import matplotlib
import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.report.study import Study

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKS_SHOWN = 53
YEARS_SHOWN = 5
FULL_NIGHT = 120
"""Covered minutes from 03:00 to 07:00 with which a night counts as worn."""
COLOURS = "cividis"
"""A colour map of rising lightness that looks the same with and without red-green vision."""


class Ink(StrEnum):
    """Placeholder colours, one for each CSS variable of the page."""

    INK = "#010203"
    MUTED = "#010204"
    GRID = "#010205"
    PAPER = "#010206"
    SERIES = "#010207"
    BAND = "#010208"
    MODERATE = "#010209"
    VIGOROUS = "#01020a"
    PEAK = "#01020b"


STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "heart-rate",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": Ink.INK.value,
    "axes.edgecolor": Ink.MUTED.value,
    "axes.labelcolor": Ink.INK.value,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": Ink.GRID.value,
    "xtick.color": Ink.MUTED.value,
    "ytick.color": Ink.MUTED.value,
    "xtick.labelcolor": Ink.INK.value,
    "ytick.labelcolor": Ink.INK.value,
    "hatch.linewidth": 0.6,
}


def resting(study: Study) -> str:
    """Resting heart rate: one point per day, and the median of the week's days with a worn night.

    A day without one has another marker.
    """

    def draw(axes: Axes) -> None:
        rows = [row for row in study.days if row.resting_bpm is not None]
        for worn, marker, ink in ((True, ".", Ink.BAND), (False, "x", Ink.MUTED)):
            of_kind = [row for row in rows if (row.night_minutes >= FULL_NIGHT) is worn]
            dates = np.array([row.day for row in of_kind], dtype="datetime64[D]")
            rates = [row.resting_bpm for row in of_kind]
            axes.plot(dates, rates, marker, color=ink.value, markersize=4)
        rested = [(row.day, row.resting_bpm) for row in rows if row.night_minutes >= FULL_NIGHT]
        nights = np.array([day for day, _ in rested], dtype="datetime64[D]")
        axes.plot(nights, _by_week(rested), color=Ink.SERIES.value, linewidth=1.8)
        axes.set_ylabel("resting, bpm")
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
        every_three_hours = mdates.HourLocator(  # type: ignore[no-untyped-call]
            byhour=range(0, 24, 3)
        )
        axes.xaxis.set_major_locator(every_three_hours)
        clock = mdates.DateFormatter("%H:%M")  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(clock)

    return svg_of(draw, height=3.4)


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
        mesh = axes.pcolormesh(table, cmap=COLOURS, edgecolors=Ink.PAPER.value, linewidth=1)
        axes.set_yticks(np.arange(7) + 0.5, WEEKDAYS)
        axes.set_xticks(range(0, 25, 3), [f"{hour}:00" for hour in range(0, 25, 3)])
        axes.invert_yaxis()
        bare(axes)
        figure = axes.get_figure()
        assert isinstance(figure, Figure)
        colour_bar(figure, [axes], mesh, "mean, bpm")

    return svg_of(draw, height=2.8)


def zones(study: Study) -> str:
    """Hours in each zone above light, one bar per week; days without known zones are left out."""

    def draw(axes: Axes) -> None:
        weeks: dict[date, list[float]] = {}
        for row in study.days:
            if row.zone_source is None:
                continue
            monday = row.day - timedelta(days=row.day.weekday())
            hours = weeks.setdefault(monday, [0.0, 0.0, 0.0])
            for number, minutes in enumerate(
                (row.minutes_moderate, row.minutes_vigorous, row.minutes_peak)
            ):
                hours[number] += minutes / 60
        mondays = sorted(weeks)[-WEEKS_SHOWN:]
        bottom = np.zeros(len(mondays))
        for number, (zone, ink, hatch) in enumerate(
            (
                ("moderate", Ink.MODERATE, ""),
                ("vigorous", Ink.VIGOROUS, "////"),
                ("peak", Ink.PEAK, "xxxx"),
            )
        ):
            hours_in_zone = np.array([weeks[monday][number] for monday in mondays])
            axes.bar(
                [monday + timedelta(days=3) for monday in mondays],  # type: ignore[arg-type]
                hours_in_zone,
                width=5.6,
                bottom=bottom,
                label=zone,
                color=ink.value,
                hatch=hatch,
                edgecolor=Ink.PAPER.value,
                linewidth=0.5,
            )
            bottom += hours_in_zone
        axes.set_ylabel("hours a week")
        axes.legend(
            frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), handleheight=1.2
        )
        axes.grid(axis="x", visible=False)
        date_axis(axes)

    return svg_of(draw, height=2.8)


def calendar(study: Study) -> str:
    """Hours worn per day, one strip of weeks per year; a cross marks a day without readings."""
    with matplotlib.rc_context(STYLE):
        return as_svg(_strips({row.day: row.hours_worn for row in study.days}))


def _strips(worn: dict[date, float]) -> Figure:
    first, last = min(worn), max(worn)
    years = range(first.year, last.year + 1)[-YEARS_SHOWN:]
    figure = Figure(figsize=(9, 0.55 + 1.25 * len(years)), layout="constrained")
    mesh: Any = None
    for number, year in enumerate(years):
        axes = figure.add_subplot(len(years), 1, number + 1)
        table = np.full((7, 54), np.nan)
        for day, column in _weeks_of(year):
            if day in worn:
                table[day.weekday(), column] = worn[day]
            elif first <= day <= last:
                where = (column + 0.5, day.weekday() + 0.5)
                axes.plot(*where, "x", color=Ink.INK.value, markersize=4)
        mesh = axes.pcolormesh(
            table, cmap=COLOURS, vmin=0, vmax=24, edgecolors=Ink.PAPER.value, linewidth=0.8
        )
        axes.set(xlim=(0, 54), ylim=(7, 0), aspect="equal", ylabel=str(year))
        axes.set_yticks(np.arange(0, 7, 2) + 0.5, WEEKDAYS[::2])
        firsts = [(day, column) for day, column in _weeks_of(year) if day.day == 1]
        axes.set_xticks([column + 0.5 for _, column in firsts], [f"{day:%b}" for day, _ in firsts])
        bare(axes)
    colour_bar(figure, figure.axes, mesh, "hours worn")
    return figure


def _weeks_of(year: int) -> list[tuple[date, int]]:
    """Each day of a year with its week's number, from 0; weeks begin on Monday."""
    begin = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - begin).days
    return [
        (begin + timedelta(days=offset), (offset + begin.weekday()) // 7) for offset in range(days)
    ]


def svg_of(draw: Callable[[Axes], None], height: float = 3.0) -> str:
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9, height), layout="constrained")
        draw(figure.add_subplot())
        return as_svg(figure)


def as_svg(figure: Figure) -> str:
    with matplotlib.rc_context(STYLE):
        stream = io.StringIO()
        with warnings.catch_warnings():
            # Text stays text: the browser has fonts for scripts that matplotlib's own lacks.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)  # several figures would have the same ids
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    for ink in Ink:
        svg = svg.replace(ink.value, f"var(--{ink.name.lower().replace('_', '-')})")
    return svg


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


def date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)


def bare(axes: Axes) -> None:
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def colour_bar(figure: Figure, axes: list[Axes], mesh: Any, label: str) -> None:
    bar = figure.colorbar(mesh, ax=axes, pad=0.01)
    bar.set_label(label)
    bar.outline.set_visible(False)
