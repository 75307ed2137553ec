"""The figures of the study page: heat maps of wear, and the sensitivity curve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from math import ceil
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scripts.report.drawing import BROAD, COLOURS, HOURS, Ink, bare, date_axis, in_both_widths
from scripts.report.overview import Overview

NOT_WORN = "#b8325e"
"""The colour of a day without readings, which no colour of the map is close to."""
MOST_LARGE_ROWS = 50
MOST_SMALL_ROWS = 80
"""The most rows, by their height, of a heat map that fits a sheet of A4 with its title."""


def wear(overview: Overview) -> list[str]:
    """Participant by day: hours worn. Days outside of the enrolment are blank."""
    first = min(row.day for row in overview.days)
    last = max(row.day for row in overview.days)
    names, rows = _rows_of(overview)
    table = np.full((len(names), (last - first).days + 1), np.nan)
    for row in overview.days:
        table[rows[row.participant_id], (row.day - first).days] = row.hours_worn

    def label(axes: Axes) -> None:
        date_axis(axes)
        axes.xaxis_date()

    return _heat_maps(names, table, _Scale("hours worn", 24, _span(first, last)), label)


def yield_by_hour(overview: Overview) -> list[str]:
    """Participant by hour of the clock: the share of the hour that is covered."""
    names, rows = _rows_of(overview)
    table = np.full((len(names), 24), np.nan)
    for row in overview.hours:
        table[rows[row.participant_id], row.hour_of_day] = 100 * row.share

    def label(axes: Axes) -> None:
        axes.set_xticks(HOURS, [f"{hour}:00" for hour in HOURS])

    return _heat_maps(names, table, _Scale("% of the hour covered", 100, (0, 24)), label)


def sensitivity(overview: Overview) -> str:
    """The shares of valid days and of valid weeks, by the hours that make a day valid."""
    total_weeks = sum(row.weeks for row in overview.participants)

    def figure_of(width: float) -> Figure:
        side_by_side = width == BROAD
        figure = Figure(figsize=(width, 3 if side_by_side else 5.5), layout="constrained")
        days, weeks = figure.subplots(1, 2) if side_by_side else figure.subplots(2, 1)
        for criterion, marker, ink in (
            ("hours worn", "o-", Ink.SERIES),
            ("complete hours in a row", "s--", Ink.VIGOROUS),
        ):
            rows = [row for row in overview.sensitivity if row.criterion == criterion]
            hours = [row.hours for row in rows]
            of_days = [100 * row.valid_days / row.days for row in rows]
            of_weeks = [100 * row.valid_weeks / total_weeks for row in rows]
            days.plot(hours, of_days, marker, color=ink.value, label=criterion)
            weeks.plot(hours, of_weeks, marker, color=ink.value)
        for axes, what in ((days, "days"), (weeks, "weeks")):
            axes.set(ylabel=f"valid {what}, %", ylim=(-2, 102))
            axes.set(xlabel="hours that make a day valid", xticks=hours)
        days.legend(
            frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2 if side_by_side else 1
        )
        return figure

    return in_both_widths(figure_of)


@dataclass(frozen=True)
class _Scale:
    """What a heat map shows.

    Attributes:
        label: the unit of its colours.
        most: the value of the brightest colour; its quarters are labelled.
        span: the horizontal axis from end to end.
    """

    label: str
    most: float
    span: tuple[float, float]


def _rows_of(overview: Overview) -> tuple[list[str], dict[str, int]]:
    """The participants with days, and the row of each."""
    names = [row.participant_id for row in overview.participants if row.days]
    return names, {name: number for number, name in enumerate(names)}


def _heat_maps(
    names: Sequence[str],
    table: NDArray[np.float64],
    scale: _Scale,
    label: Callable[[Axes], None],
) -> list[str]:
    """A heat map with a row for each name, in as many parts as it takes sheets of paper."""
    large = len(names) <= MOST_LARGE_ROWS
    parts = ceil(len(names) / (MOST_LARGE_ROWS if large else MOST_SMALL_ROWS))
    edges = np.linspace(0, len(names), parts + 1).round().astype(int).tolist()

    def figure_of(width: float, begin: int, end: int) -> Figure:
        height = 1.1 + (0.2 if large else 0.13) * (end - begin)
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        _heat(axes, table[begin:end], scale)
        # A name isn't mathematics, whatever its dollar signs enclose.
        shown = [shortened(name) for name in names[begin:end]]
        size = 10 if large else 7.5
        rows = np.arange(len(shown)) + 0.5
        axes.set_yticks(rows, shown, parse_math=False, fontsize=size)
        label(axes)
        return figure

    return [
        in_both_widths(partial(figure_of, begin=begin, end=end)) for begin, end in pairwise(edges)
    ]


def shortened(name: str) -> str:
    """A name for an axis: printable, and not longer than its margin."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return printable if len(printable) <= 14 else f"{printable[:13]}…"


def _heat(axes: Axes, table: NDArray[np.float64], scale: _Scale) -> None:
    """Draw a table as an image, with the zeros in a colour of their own."""
    extent = (*scale.span, len(table), 0)
    image: Any = axes.imshow(
        np.ma.masked_where(~(table > 0), table),
        cmap=COLOURS,
        vmin=0,
        vmax=scale.most,
        aspect="auto",
        interpolation="none",
        extent=extent,
    )
    zeros = np.ma.masked_where(table != 0, np.zeros_like(table))
    axes.imshow(
        zeros, cmap=ListedColormap([NOT_WORN]), aspect="auto", interpolation="none", extent=extent
    )
    bare(axes)
    _colour_bar(axes, image, scale)


def _colour_bar(axes: Axes, image: Any, scale: _Scale) -> None:
    """A bar above the map, which has the same size however many rows there are."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    pad = 0.05 / figure.get_figheight()
    bar = figure.colorbar(
        image,
        ax=axes,
        location="top",
        shrink=0.35,
        aspect=25,
        anchor=(0, 0),
        pad=pad,
        ticks=[scale.most * quarter / 4 for quarter in range(5)],
    )
    bar.set_label(scale.label)
    bar.outline.set_visible(False)


def _span(first: date, last: date) -> tuple[float, float]:
    """The days as matplotlib counts them, from the first to the end of the last."""
    ends = (first, last + timedelta(days=1))
    numbers = matplotlib.dates.date2num(ends)  # type: ignore[no-untyped-call]
    return float(numbers[0]), float(numbers[1])
