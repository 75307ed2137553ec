"""The figure of the whole history that can be zoomed: Bokeh draws it, explorer.js moves it.

Without scripts, on paper, and until the script has started, the page shows the static figure.
"""

import base64
import json
import zlib
from datetime import timedelta
from functools import cache
from typing import Any

from bokeh.embed import json_item
from bokeh.models import (
    ColumnDataSource,
    DatetimeTickFormatter,
    HoverTool,
    PanTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure
from bokeh.resources import Resources

from scripts.report.html import script, text
from scripts.report.study import Study

COLUMNS = ("at", "middle", "width", "mean", "low", "high")
"""The columns that explorer.js fills: times in ms, rates in bpm."""


def explorer(study: Study, title: str, caption: str, static: str) -> str:
    """The section of the page, with the history and Bokeh's JavaScript, both packed.

    Args:
        static: the figure that is shown where the script doesn't run.
    """
    return (
        f"<section>\n<h2>{text(title)}</h2>\n<figure id=history>\n"
        f"<figcaption>{text(caption)}</figcaption>\n"
        f'<div class=static role=img aria-label="{text(title)}. {text(caption)}">{static}</div>\n'
        f"{_controls(study)}</figure>\n"
        f"<script type='application/json' id=history-data>{_data(study)}</script>\n"
        f"<script type='text/plain' id=bokeh>{_bokeh()}</script>\n"
        f"{script('explorer.js')}</section>\n"
    )


def _controls(study: Study) -> str:
    first, last = study.days[0].day, study.days[-1].day
    buttons = "".join(
        f'<button type=button value="{does}" aria-label="{label}" title="{label} ({key})">{sign}'
        "</button>\n"
        for does, sign, label, key in (
            ("earlier", "◀", "Earlier", "arrow left"),
            ("later", "▶", "Later", "arrow right"),
            ("in", "+", "Zoom in", "+"),
            ("out", "−", "Zoom out", "−"),
            ("all", "All", "The whole history", "Home"),
        )
    )
    return (
        f"<div class=explorer hidden>\n<div class=controls>\n{buttons}"
        f"<label>Day <input type=date min={first} max={last}></label>\n</div>\n"
        '<div class=plot tabindex=0 role=application aria-label="The whole history: arrow keys '
        'move it, plus and minus zoom"></div>\n'
        "<output class=muted></output>\n</div>\n"
    )


def _data(study: Study) -> str:
    """What explorer.js reads, as JSON. Times are those of the participant's clock."""
    end = study.days[-1].day + timedelta(days=1)
    content = {
        "begin": f"{study.days[0].day}T00:00",
        "end": f"{end}T00:00",
        "clock": study.time_zone,
        "levels": [
            {
                "minutes": level.minutes,
                "pieces": [
                    {"begin": f"{piece.begin:%Y-%m-%dT%H:%M}", "packed": piece.packed}
                    for piece in level.pieces
                ],
            }
            for level in study.history
        ],
        "plot": json_item(_plot()),
    }
    return json.dumps(content).replace("<", "\\u003c")


def _plot() -> figure:
    """The plot without data; explorer.js also sets its colours, which follow the page's."""
    options: dict[str, Any] = {
        "x_axis_type": "datetime",
        "y_axis_label": "bpm",
        "tools": [
            PanTool(dimensions="width"),
            WheelZoomTool(dimensions="width", modifiers="ctrl"),  # a pinch needs no modifier
        ],
    }
    plot = figure(
        name="plot",
        height=340,
        sizing_mode="stretch_width",
        x_range=Range1d(name="times"),
        y_range=Range1d(name="rates"),
        toolbar_location=None,
        **options,
    )
    plot.xaxis[0].formatter = DatetimeTickFormatter(
        minutes="%H:%M",
        hourmin="%H:%M",
        hours="%H:%M",
        days="%e %b",
        context=DatetimeTickFormatter(
            minutes="%e %b %Y", hourmin="%e %b %Y", hours="%e %b %Y", days="%Y", hide_repeats=True
        ),
    )
    steps = ColumnDataSource({column: [] for column in COLUMNS}, name="steps")
    plot.vbar("middle", "width", "high", "low", source=steps, line_color=None, name="band")
    line = plot.line("middle", "mean", source=steps, line_width=1.5, name="means")
    plot.add_tools(
        HoverTool(
            renderers=[line],
            mode="vline",
            tooltips=[("from", "@at{%a %e %b %Y %H:%M}"), ("bpm", "@mean (@low to @high)")],
            formatters={"@at": "datetime"},
        )
    )
    return plot


@cache
def _bokeh() -> str:
    """Bokeh's JavaScript from its Python package: zlib, in base64."""
    resources = Resources(mode="inline", components=["bokeh"], log_level="error")
    javascript = "\n".join(resources.js_raw).encode()
    return base64.b64encode(zlib.compress(javascript, 9)).decode("ascii")
