"""The numbers of the report against those computed from the readings without any of its SQL."""

import base64
import os
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.report.history import Piece
from scripts.report.page import render
from scripts.report.study import Study, read_study
from tests.marts.independent import MINUTE, Row, covered_minutes, day_rows
from tests.marts.study import Person, Reading
from tests.pipeline import Pipeline, changed_project

BERLIN = ZoneInfo("Europe/Berlin")
ME = Person("me", BERLIN.key)
LAST = date(2024, 11, 4)
EARLIER = date(2023, 11, 6)
"""The last days of the two stretches: in between nobody wore the device."""
EARLY_FEVER = date(2024, 9, 12)
"""Unusual, but after too few days to say so."""


def days_before(last: date, count: int) -> Iterator[date]:
    return (last - timedelta(days=back) for back in reversed(range(count)))


def readings_of_day(day: date, random: np.random.Generator) -> Iterator[Reading]:
    """A reading per minute of the wearer's day, with workouts, days of fever, and gaps."""
    if random.random() < 0.08 and day != EARLY_FEVER:
        return
    rate = np.where(np.arange(1440) < 420, 52.0, 74.0) + random.normal(0, 3, 1440)
    rate += random.normal(0, 1) + (14 if random.random() < 0.06 or day == EARLY_FEVER else 0)
    for _ in range(random.integers(0, 3)):
        begin, length = int(random.integers(430, 1350)), int(random.integers(5, 60))
        rate[begin : begin + length] = random.normal(random.choice([120, 140, 170]), 8, length)
        pause = begin + length // 2
        rate[pause : pause + int(random.integers(0, 6))] = 80
    worn = np.ones(1440, bool)
    if random.random() < 0.2:
        worn[180 + int(random.integers(0, 240)) : 700] = False
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    for minute in np.flatnonzero(worn):
        yield Reading("me", start + int(minute) * MINUTE, round(float(rate[minute]), 1))


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    random = np.random.default_rng(7)
    days = [*days_before(EARLIER, 32), *days_before(LAST, 65)]
    return [reading for day in days for reading in readings_of_day(day, random)]


@pytest.fixture(scope="module")
def days(readings: list[Reading]) -> dict[date, Row]:
    return day_rows(readings, ME)


@pytest.fixture
def study(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Reading]
) -> Study:
    own = changed_project(tmp_path, "seeds/participants.csv", "me,,", "me,Europe/Berlin,1985")
    monkeypatch.setenv("DBT_PROJECT_DIR", own["DBT_PROJECT_DIR"])
    pipeline.write(f"{one.instant:%Y-%m-%d %H:%M:%S},{one.bpm}" for one in readings)
    pipeline.ingest()
    return read_study(os.environ)


def test_every_number(
    study: Study, pipeline: Pipeline, readings: list[Reading], days: dict[date, Row]
) -> None:
    page = unescape(render(study))
    assert headlines_on(page) == [
        expected
        for name, unit, figure in (
            ("Resting rate", "bpm", "resting_bpm"),
            ("Night rate", "bpm", "night_mean_bpm"),
            ("Worn", "h a day", "hours_worn"),
            ("Moderate", "min a day", "minutes_moderate"),
            ("Vigorous", "min a day", "minutes_vigorous"),
            ("Peak", "min a day", "minutes_peak"),
        )
        for expected in [(name, unit, *headline(days, figure))]
    ]
    expected_workouts = workouts(readings, days)
    assert len(expected_workouts) > 15
    assert f"{len(expected_workouts)} in the last 53 weeks; the newest 15:" in page
    assert rows_on(page, "workouts") == expected_workouts[:15]
    expected_days = unusual_days(days)
    assert 3 < len(expected_days) <= 15
    assert rows_on(page, "unusual") == expected_days
    check_history(study, readings)
    check_storage(study, pipeline, page)


def check_storage(study: Study, pipeline: Pipeline, page: str) -> None:
    """The bytes of all chunks, with their keys, counted table by table."""
    (shown,) = study.storage
    assert f"<p id=storage>heart_rate takes {shown.render()}.</p>" in page
    # Otherwise autovacuum may return the free pages at a chunk's end between the two measurements.
    pipeline.query("vacuum heart_rate")
    (storage,) = read_study(os.environ).storage
    ((in_chunks, table),) = pipeline.query(
        "select sum(pg_total_relation_size(show_chunks)), pg_total_relation_size('heart_rate')"
        " from show_chunks('heart_rate')"
    )
    assert storage.row_bytes == in_chunks + table
    assert storage.compressed_bytes == 0


def headlines_on(page: str) -> list[tuple[str, ...]]:
    """Title, unit, and the three figures of each tile."""
    tile = (
        r"<dt>([^<]*)</dt><dd><strong>([^<]*)</strong> ([^<]*)</dd>"
        r"<dd class=muted>30 days before: ([\d.]+) [^<]*</dd>"
        r"<dd class=muted>a year earlier: ([\d.]+) [^<]*</dd>"
    )
    return [
        (name, unit, now, before, earlier)
        for name, now, unit, before, earlier in re.findall(tile, page)
    ]


def rows_on(page: str, table: str) -> list[tuple[str, ...]]:
    (body,) = re.findall(rf"<table id={table}>.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [tuple(re.findall("<td>(.*?)</td>", row)) for row in re.findall("<tr>.*?</tr>", body)]


def headline(days: dict[date, Row], figure: str) -> list[str]:
    """The figure of the last 30 days, the 30 before, and the same a year earlier."""
    ends = (LAST, LAST - timedelta(days=30), LAST.replace(year=LAST.year - 1))
    return [f"{np.mean(figures_of(days, figure, end)):.1f}" for end in ends]


def figures_of(days: dict[date, Row], figure: str, end: date) -> list[float]:
    """The figures that count, of 30 calendar days."""
    found = []
    for day in days_before(end, 30):
        row = days.get(day)
        if figure == "hours_worn":
            found.append(float(str(row[figure])) if row else 0.0)
        elif row and counts(row, figure) and row[figure] is not None:
            found.append(float(str(row[figure])))
    assert len(found) >= 10
    return found


def counts(row: Row, figure: str) -> bool:
    if figure in ("resting_bpm", "night_mean_bpm"):
        return int(str(row["night_minutes"])) >= 120
    return bool(row["is_valid_day"])


def workouts(readings: list[Reading], days: dict[date, Row]) -> list[tuple[str, ...]]:
    """The likely workouts as the page shows them, the newest first."""
    stretches: list[list[tuple[datetime, float, int]]] = []
    for minute in covered_minutes(readings):
        row = days[minute.start.astimezone(BERLIN).date()]
        limits = [row[f"{zone}_from_bpm"] for zone in ("moderate", "vigorous", "peak")]
        zone = sum(minute.mean >= float(str(limit)) for limit in limits)
        if zone == 0:
            continue
        if not stretches or minute.start - stretches[-1][-1][0] > 4 * MINUTE:
            stretches.append([])
        stretches[-1].append((minute.start, minute.mean, zone))
    found: list[tuple[str, ...]] = []
    for stretch in reversed(stretches):
        length = (stretch[-1][0] - stretch[0][0]) // MINUTE + 1
        zones = [zone for _, _, zone in stretch]
        means = [mean for _, mean, _ in stretch]
        recent = stretch[0][0].astimezone(BERLIN).date() > LAST - timedelta(days=371)
        if recent and length >= 15 and zones.count(2) + zones.count(3) >= 10:
            start = f"{stretch[0][0].astimezone(BERLIN):%Y-%m-%d %H:%M}"
            rates = f"{np.mean(means):.0f}", f"{max(means):.0f}"
            found.append((start, str(length), *rates, str(zones.count(2)), str(zones.count(3))))
    return found


def unusual_days(days: dict[date, Row]) -> list[tuple[str, ...]]:
    """The unusual days as the page shows them, the newest first."""
    figures = {"mean of the day": "mean_bpm", "night": "night_mean_bpm", "resting": "resting_bpm"}
    rates = {
        name: {
            day: float(str(row[figure]))
            for day, row in days.items()
            if row[figure] is not None and counts(row, figure)
        }
        for name, figure in figures.items()
    }
    found: list[tuple[str, ...]] = []
    for day in reversed(list(days_before(LAST, 371))):
        for name, known in rates.items():
            before = [
                known[one] for one in days_before(day - timedelta(days=1), 28) if one in known
            ]
            if day not in known or len(before) < 14:
                continue
            median = float(np.median(before))
            most = max(4 * float(np.median(np.abs(np.array(before) - median))), 5)
            if abs(known[day] - median) > most:
                usual = f"{median - most:.1f} to {median + most:.1f}"
                found.append((f"{day}", name, f"{known[day]:.1f}", usual, f"{median:.1f}"))
    return found


def check_history(study: Study, readings: list[Reading]) -> None:
    """Every level, unpacked, has the rates of its local days, hours and minutes, and no others."""
    by_minute: dict[int, dict[datetime, list[float]]] = {1440: {}, 60: {}, 1: {}}
    for minute in covered_minutes(readings):
        local = minute.start.astimezone(BERLIN).replace(tzinfo=None)
        starts = {1440: local.replace(hour=0, minute=0), 60: local.replace(minute=0), 1: local}
        for length, start in starts.items():
            by_minute[length].setdefault(start, []).append(minute.mean)
    for level in study.history:
        found = {
            start: rates
            for piece in level.pieces
            for start, rates in unpacked(piece, level.minutes).items()
        }
        expected = by_minute[level.minutes]
        assert found.keys() == expected.keys()
        for start, (mean, low, high) in found.items():
            values = expected[start]
            assert abs(mean - np.mean(values)) <= 0.51
            assert abs(low - min(values)) <= 0.5
            assert abs(high - max(values)) <= 0.5


def unpacked(piece: Piece, minutes: int) -> dict[datetime, tuple[int, int, int]]:
    """Mean, lowest and highest rate of each step with readings, as explorer.js unpacks them."""
    planes: NDArray[np.uint8] = np.frombuffer(
        zlib.decompress(base64.b64decode(piece.packed)), np.uint8
    ).reshape(3, -1)
    means = np.cumsum(planes[0], dtype=np.uint8).astype(int)
    return {
        piece.begin + number * minutes * MINUTE: (mean, mean - below, mean + above)
        for number, (mean, below, above) in enumerate(
            zip(means.tolist(), planes[1].tolist(), planes[2].tolist(), strict=True)
        )
        if mean
    }
