"""The figures of the study page: heat maps of wear, and the sensitivity curve."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scripts.report.figures import COLOURS, STYLE, Ink, as_svg, bare, colour_bar, date_axis
from scripts.report.overview import Overview

NOT_WORN = "#b8325e"
"""The colour of a day without readings, which no colour of the map is close to."""
MOST_LABELS = 60
"""With more participants, the rows of a heat map have no names."""


def wear(overview: Overview) -> str:
    """Participant by day: hours worn. Days outside of the enrolment are blank."""
    names = [row.participant_id for row in overview.participants]
    first = min(row.day for row in overview.days)
    last = max(row.day for row in overview.days)
    table = np.full((len(names), (last - first).days + 1), np.nan)
    numbers = {name: number for number, name in enumerate(names)}
    for row in overview.days:
        table[numbers[row.participant_id], (row.day - first).days] = row.hours_worn
    edges = _span(first, last)
    with matplotlib.rc_context(STYLE):
        figure, axes = _map_of(names)
        _heat(figure, axes, table, 24, "hours worn", (edges[0], edges[1]))
        date_axis(axes)
        axes.xaxis_date()
        return as_svg(figure)


def yield_by_hour(overview: Overview) -> str:
    """Participant by hour of the clock: the share of the hour that is covered."""
    names = [row.participant_id for row in overview.participants]
    table = np.full((len(names), 24), np.nan)
    numbers = {name: number for number, name in enumerate(names)}
    for row in overview.hours:
        table[numbers[row.participant_id], row.hour_of_day] = row.share
    with matplotlib.rc_context(STYLE):
        figure, axes = _map_of(names)
        _heat(figure, axes, table, 1, "share of the hour covered", (0, 24))
        axes.set_xticks(range(0, 25, 3), [f"{hour}:00" for hour in range(0, 25, 3)])
        return as_svg(figure)


def sensitivity(overview: Overview) -> str:
    """The share of valid days, and the number of valid weeks, by the hours a day needs."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9, 3), layout="constrained")
        days, weeks = figure.subplots(1, 2)
        for criterion, marker, ink in (
            ("hours worn", "o-", Ink.SERIES),
            ("complete hours in a row", "s--", Ink.VIGOROUS),
        ):
            rows = [row for row in overview.sensitivity if row.criterion == criterion]
            hours = [row.hours for row in rows]
            shares = [100 * row.valid_days / row.days for row in rows]
            days.plot(hours, shares, marker, color=ink.value, label=criterion)
            counts = [row.valid_weeks for row in rows]
            weeks.plot(hours, counts, marker, color=ink.value, label=criterion)
        days.set(ylabel="valid days, %", ylim=(0, 102))
        weeks.set(ylabel="valid weeks")
        weeks.set_ylim(bottom=0)
        for axes in (days, weeks):
            axes.set(xlabel="hours that make a day valid", xticks=hours)
        days.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
        return as_svg(figure)


def _map_of(names: Sequence[str]) -> tuple[Figure, Axes]:
    """A figure with a row for each name; many names get lower rows without their names."""
    labelled = len(names) <= MOST_LABELS
    height = 0.9 + (0.2 if labelled else 0.06) * len(names)
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.add_subplot()
    shown = names if labelled else []
    axes.set_yticks(np.arange(len(shown)) + 0.5, [shortened(name) for name in shown])
    return figure, axes


def shortened(name: str) -> str:
    """A name for an axis: printable, and not longer than its margin."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= 14 else f"{printable[:13]}…"


def _heat(
    figure: Figure,
    axes: Axes,
    table: NDArray[np.float64],
    most: float,
    label: str,
    span: tuple[float, float],
) -> None:
    """Draw a table as an image, with the zeros in a colour of their own."""
    extent = (*span, len(table), 0)
    shown = np.ma.masked_invalid(np.where(table > 0, table, np.nan))
    image: Any = axes.imshow(
        shown, cmap=COLOURS, vmin=0, vmax=most, aspect="auto", interpolation="none", extent=extent
    )
    zeros = np.ma.masked_where(table != 0, np.zeros_like(table))
    axes.imshow(
        zeros, cmap=ListedColormap([NOT_WORN]), aspect="auto", interpolation="none", extent=extent
    )
    bare(axes)
    colour_bar(figure, [axes], image, label)


def _span(first: date, last: date) -> tuple[float, float]:
    """The days as matplotlib counts them, from the first to the end of the last."""
    ends = (first, last + timedelta(days=1))
    numbers = matplotlib.dates.date2num(ends)  # type: ignore[no-untyped-call]
    return float(numbers[0]), float(numbers[1])
