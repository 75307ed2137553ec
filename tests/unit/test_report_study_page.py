"""The study page from rows, without a database: what its heat maps and its table show."""

import base64
import io
import re
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scripts.report import overview_figures as figures
from scripts.report.overview import Overview
from scripts.report.overview_page import render

MONDAY = date(2024, 3, 4)


def overview_of(hours_worn: dict[str, list[float | None]]) -> Overview:
    """The hours that each participant wore the device, by day; None is outside of the enrolment."""
    days = [
        SimpleNamespace(participant_id=name, day=MONDAY + timedelta(days=number), hours_worn=hours)
        for name, row in hours_worn.items()
        for number, hours in enumerate(row)
        if hours is not None
    ]
    return Overview(
        made_at=datetime(2024, 4, 1),
        participants=[participant(name, days) for name in hours_worn],
        days=days,
        hours=[
            SimpleNamespace(participant_id=name, hour_of_day=hour, share=hour / 24)
            for name in {day.participant_id for day in days}
            for hour in range(24)
        ],
        sensitivity=[
            SimpleNamespace(criterion=criterion, hours=hours, days=10, valid_days=5, valid_weeks=1)
            for criterion in ("hours worn", "complete hours in a row")
            for hours in (8, 10)
        ],
    )


def participant(name: str, days: list[Any]) -> SimpleNamespace:
    own = [day.day for day in days if day.participant_id == name]
    return SimpleNamespace(
        participant_id=name,
        first_day=min(own, default=None),
        last_day=max(own, default=None),
        days=len(own),
        valid_days=0,
        weeks=2 if own else 0,
        minute_yield=0.5 if own else None,
        hour_yield=0.5 if own else None,
        late_readings=0,
        latest_day_with_readings=max((day.day for day in days), default=None),
        days_since_last_reading=0 if own else None,
    )


def images_of(svg: str) -> list[NDArray[np.float64]]:
    """The heat map and, over it, the zeros, from top to bottom; the last is the colour bar."""
    found = re.findall(r"data:image/png;base64,([^\"]+)", svg)
    images = [matplotlib.image.imread(io.BytesIO(base64.b64decode(one))) for one in found]
    return [np.asarray(image, dtype=np.float64) for image in images]


def test_a_day_without_readings_is_not_a_day_outside_of_the_enrolment() -> None:
    (svg,) = figures.wear(overview_of({"P001": [24, 0, None], "P002": [None, 12, 0.5]}))
    worn, zeros = images_of(svg)[:2]
    opaque = [(image[..., 3] > 0).tolist() for image in (worn, zeros)]
    assert opaque[0] == [[True, False, False], [False, True, True]]
    assert opaque[1] == [[False, True, False], [False, False, False]]
    brightness = worn[..., :3].sum(axis=2)
    assert brightness[0, 0] > brightness[1, 1] > brightness[1, 2]


@pytest.mark.parametrize(("participants", "parts"), [(3, 1), (50, 1), (51, 1), (81, 2), (300, 4)])
def test_every_participant_has_a_named_row_on_a_sheet_of_paper(
    participants: int, parts: int
) -> None:
    names = [f"P{number:03}" for number in range(participants)]
    overview = overview_of({name: [24, 0] for name in names})
    for maps in (figures.wear(overview), figures.yield_by_hour(overview)):
        assert len(maps) == parts
        svgs, narrow = zip(*(one.split("<div class=narrow>") for one in maps), strict=True)
        assert re.findall(r">(P\d{3})<", "".join(narrow)) == names
        assert [name for svg in svgs for name in re.findall(r">(P\d{3})<", svg)] == names
        for svg in svgs:
            size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
            assert size is not None
            assert (
                float(size[2]) / float(size[1]) < 1.3
            )  # a title and a caption are above the first
            assert len(svg) < 500_000


@pytest.mark.parametrize("name", ["$x_1$", r"$\frac{$", "李雷"])
def test_a_name_is_drawn_as_it_is_written(name: str, recwarn: pytest.WarningsRecorder) -> None:
    (svg,) = figures.wear(overview_of({name: [24], "P002": [24]}))
    assert f">{name}<" in svg
    assert list(recwarn) == []


def test_a_long_or_unprintable_name_fits_the_margin() -> None:
    assert figures.shortened("O'Brien \x1b[31m") == "O'Brien ?[31m"
    assert figures.shortened("x" * 14) == "x" * 14
    assert figures.shortened("x" * 15) == "x" * 13 + "…"


def test_weeks_are_shares_of_the_weeks_of_all_participants(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    plot = Axes.plot

    def plotted(axes: Axes, hours: list[int], shares: list[float], *more: Any, **kw: Any) -> Any:
        drawn.append(shares)
        return plot(axes, hours, shares, *more, **kw)

    monkeypatch.setattr(Axes, "plot", plotted)
    figures.sensitivity(overview_of({"P001": [24], "P002": [24]}))
    assert drawn == [[50, 50], [25, 25]] * 4  # two criteria, in both widths


def test_a_participant_without_a_day_is_in_the_table_alone() -> None:
    page = render(overview_of({"P001": [24], "P002": [None]}), {})
    assert "<td>P002</td><td>–</td><td>–</td><td>0</td>" in page
    svgs = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert re.findall(r">(P\d{3})<", svgs) == ["P001"] * 4  # two heat maps, in both widths


def test_a_study_without_any_day_has_a_table() -> None:
    page = render(overview_of({"P001": [], "P002": []}), {})
    assert "<svg" not in page
    assert "<td>P002</td>" in page
