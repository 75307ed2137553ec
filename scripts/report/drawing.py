"""A figure as an SVG of text and paths, whose colours follow the page's light or dark scheme.

Matplotlib needs fixed colours, but a page with a dark scheme needs CSS variables. So figures are
drawn with the placeholder colours of ``Ink``, which are then replaced by the variables.
"""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import matplotlib
import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

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
    "path.simplify": False,  # would drop the dots
    "svg.fonttype": "none",
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


HOURS = range(0, 25, 6)
"""The hours of the day that an axis names."""
MANY_DOTS = 200
"""From as many a figure has smaller ones."""
BROAD, NARROW = 9.0, 4.2
"""The widths of a figure for a screen or paper, and for a phone, in inches."""


def svg_of(draw: Callable[[Axes], None], height: float = 3.0) -> str:
    """The figure in both widths."""

    def figure_of(width: float) -> Figure:
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        return figure

    return in_both_widths(figure_of)


def in_both_widths(figure_of: Callable[[float], Figure]) -> str:
    """A figure drawn for a screen and for a phone; the page's style shows the one that fits."""
    with matplotlib.rc_context(STYLE):
        return "".join(
            f"<div class={name}>{as_svg(figure_of(width), name)}</div>"
            for name, width in (("broad", BROAD), ("narrow", NARROW))
        )


def as_svg(figure: Figure, salt: str = "heart-rate") -> str:
    """The SVG of a figure.

    Args:
        salt: makes its ids differ from another's: a pattern that isn't shown can't be drawn with.
    """
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": salt}):
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
    svg = re.sub(r"; font-family: [^;\"]*", "", svg)  # the page's own
    svg = re.sub(r'(?<= d=")[^"]+', _in_tenths, svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    for ink in Ink:
        svg = svg.replace(ink.value, f"var(--{ink.name.lower().replace('_', '-')})")
    return svg


def _in_tenths(path: re.Match[str]) -> str:
    """A path with coordinates cut to a tenth of a point."""
    return re.sub(r"(\.\d)\d+", r"\1", path[0])


def dots(axes: Axes, dates: NDArray[np.datetime64], rates: Sequence[float]) -> None:
    """A dot for each date: lines without length, which take a fifth of the bytes of markers."""
    ends = np.repeat(dates, 3), np.repeat(np.asarray(rates, dtype=float), 3)
    ends[1][2::3] = np.nan  # ends a line
    size = 4 if len(dates) < MANY_DOTS else 2.5
    axes.plot(*ends, color=Ink.BAND.value, linewidth=size, solid_capstyle="round")


def date_axis(axes: Axes) -> None:
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    most = 9 if figure.get_figwidth() == BROAD else 5
    locator = mdates.AutoDateLocator(minticks=3, maxticks=most)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%b", "%-d %b", "%H:%M", "%H:%M", "%S"],
        zero_formats=["", "%Y", "%-d %b", "%-d %b", "%H:%M", "%H:%M"],
        offset_formats=["", "%Y", "%Y", "%-d %b %Y", "%-d %b %Y", "%-d %b %Y"],
    )
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


def least_span(axes: Axes, bpm: float) -> None:
    """Let the vertical axis span that much at least: a small difference shall look small."""
    bottom, top = axes.get_ylim()
    missing = max(bpm - (top - bottom), 0) / 2
    axes.set_ylim(bottom - missing, top + missing)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
