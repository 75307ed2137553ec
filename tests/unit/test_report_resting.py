"""The figure of the resting heart rate: days with and without a worn night."""

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.axes import Axes

from scripts.report import figures
from scripts.report.study import Study


def test_a_day_without_a_worn_night_has_another_marker_and_is_not_in_the_median(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """120 covered minutes make a worn night, 119 don't; a day may have no resting heart rate."""
    drawn: list[tuple[str, list[float]]] = []
    plot = Axes.plot

    def plotted(axes: Axes, days: Any, rates: list[float], marker: str = "-", **kw: Any) -> Any:
        drawn.append((marker, rates))
        return plot(axes, days, rates, marker, **kw)

    monkeypatch.setattr(Axes, "plot", plotted)
    monkeypatch.setattr(figures, "dots", lambda _, days, rates: drawn.append((".", rates)))
    nights = [(50, 240), (52, 120), (64, 119), (65, 0), (None, 0)]
    days = [
        SimpleNamespace(day=date(2024, 3, number), resting_bpm=bpm, night_minutes=minutes)
        for number, (bpm, minutes) in enumerate(nights, start=1)
    ]
    figures.resting(Study(datetime(2024, 4, 1), built=True, days=days))
    in_one_width = [(".", [50, 52]), ("x", [64, 65]), ("-", [51, 51])]
    assert drawn == in_one_width * 2
