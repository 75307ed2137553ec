"""The report as a person opens it: every figure is there, in light, dark and on paper."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from selenium import webdriver
from selenium.webdriver.common.by import By

from loader.errors import ExitCode
from scripts.report.__main__ import main
from tests.pipeline import Pipeline

PAPER_WIDTH, PAPER_HEIGHT = 703, 1032
"""What the page's margins leave of A4, in CSS pixels."""

PHONE_WIDTH = 390
SMALLEST_TEXT = 8.0
"""In CSS pixels, from the top of the tallest letter to the lowest."""

FIGURES = ("resting", "day", "week", "zones", "calendar")


def readings_of(days: int) -> list[str]:
    """A reading a minute, without 2024-03-03, and with two exercises a day."""
    start = datetime(2024, 3, 1)
    return [
        f"{instant:%Y-%m-%d %H:%M:%S},{150 if instant.hour in (7, 18) else 55 + instant.hour}"
        for number in range(days * 1440)
        if (instant := start + timedelta(minutes=number)).day != 3
    ]


@pytest.fixture
def report(pipeline: Pipeline, tmp_path: Path) -> Path:
    pipeline.write(readings_of(10))
    pipeline.ingest()
    return write(tmp_path)


def write(folder: Path) -> Path:
    path = folder / "report" / "heart_rate.html"
    done = CliRunner().invoke(main, ["--output", str(path)])
    assert done.exit_code == 0, done.output
    return path


def test_every_figure_is_drawn_and_says_what_it_shows(
    report: Path, browser: webdriver.Chrome
) -> None:
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # of pages before
    browser.get(report.as_uri())

    for name in FIGURES:
        figure = browser.find_element(By.ID, name)
        svg = figure.find_element(By.TAG_NAME, "svg")
        assert svg.size["width"] > 600, name
        assert svg.size["height"] > 100, name
        assert len(svg.find_elements(By.TAG_NAME, "path")) > 10, name
        assert figure.find_element(By.TAG_NAME, "figcaption").text
        assert figure.get_attribute("aria-label")
    assert "fat burn" in browser.find_element(By.ID, "zones").text
    assert "peak from" in browser.find_element(By.ID, "day").text
    assert "9 days with readings" in browser.find_element(By.ID, "calendar").text
    assert "24.0 h" in browser.find_element(By.ID, "gaps").text
    runs = browser.find_element(By.ID, "runs").text
    assert "ok" in runs
    assert "12,960" in runs
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_it_turns_dark_and_prints_light(report: Path, browser: webdriver.Chrome) -> None:
    browser.get(report.as_uri())
    seen = {}
    for medium, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": medium, "features": features}
        )
        seen[medium, scheme] = browser.execute_script(
            "const style = getComputedStyle(document.body);"
            "const text = [...document.querySelectorAll('svg text')]"
            ".map(one => getComputedStyle(one).fill);"
            "return [style.backgroundColor, style.color, [...new Set(text)].sort()]"
        )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    paper, ink, texts = seen["screen", "light"]
    night, glow, dark_texts = seen["screen", "dark"]
    assert (paper, night) == ("rgb(255, 255, 255)", "rgb(22, 25, 29)")
    assert ink in texts
    assert glow in dark_texts
    assert not set(texts) & set(dark_texts)  # no text keeps its ink when the paper turns dark
    assert seen["print", "dark"] == seen["screen", "light"]


@contextmanager
def seen_as(browser: webdriver.Chrome, medium: str, width: int) -> Iterator[None]:
    """The page on a medium of that width, in CSS pixels."""
    metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def pages_printed(browser: webdriver.Chrome) -> int:
    """How many sheets of A4 the opened page takes."""
    paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": False}
    printed = browser.execute_cdp_cmd("Page.printToPDF", {**paper, "printBackground": True})
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


def test_on_paper_nothing_is_cut_off(report: Path, browser: webdriver.Chrome) -> None:
    browser.get(report.as_uri())
    with seen_as(browser, "print", PAPER_WIDTH):
        sections = browser.execute_script(
            "return [...document.querySelectorAll('section')].map(one => [one.className,"
            " getComputedStyle(one).breakInside, one.getBoundingClientRect().height])"
        )
        too_wide = browser.execute_script(
            "return [...document.querySelectorAll('section *')]"
            f".filter(one => one.getBoundingClientRect().right > {PAPER_WIDTH + 1})"
            ".map(one => one.outerHTML.slice(0, 80))"
        )
        length = browser.execute_script("return document.documentElement.scrollHeight")
    assert len(sections) == len(FIGURES) + 3  # and the tables
    for name, breaks, height in sections:
        assert (name, breaks) == ("", "avoid")  # no figure is on two sheets, its heading with it
        assert height < PAPER_HEIGHT
    assert too_wide == []
    assert length / PAPER_HEIGHT < pages_printed(browser) <= length // PAPER_HEIGHT + 2


def test_on_a_phone_the_figures_can_be_read(report: Path, browser: webdriver.Chrome) -> None:
    browser.get(report.as_uri())
    with seen_as(browser, "screen", PHONE_WIDTH):
        width = browser.execute_script("return document.documentElement.scrollWidth")
        heights = browser.execute_script(
            "return [...document.querySelectorAll('svg text')]"
            ".filter(one => one.textContent.trim()).map(one => {"
            " const to = one.getScreenCTM();"  # a label on its side has no `d`
            " return one.getBBox().height * Math.hypot(to.c, to.d); })"
        )
    assert width <= PHONE_WIDTH  # only a figure scrolls sideways, never the page
    assert min(heights) >= SMALLEST_TEXT


OTHERS = """
insert into marts.heart_rate_coverage
select 'P' || number, first_reading, last_reading, 0, 0, longest_gap, latest_arrival, late_readings
from marts.heart_rate_coverage cross join generate_series(1, 150) as number;

insert into marts.heart_rate_participant
select 'P' || number, time_zone, birth_year, min_confidence, gap_minutes, valid_day_hours,
    resting_minutes, fat_burn_from, cardio_from, peak_from
from marts.heart_rate_participant cross join generate_series(1, 150) as number
"""


def test_a_long_table_goes_over_pages(
    pipeline: Pipeline, report: Path, browser: webdriver.Chrome
) -> None:
    browser.get(report.as_uri())
    pages = pages_printed(browser)
    pipeline.query(OTHERS)
    browser.get(write(report.parent).as_uri())
    table = browser.find_element(By.ID, "participants")
    assert len(table.find_elements(By.CSS_SELECTOR, "tbody tr")) == 151
    assert pages_printed(browser) > pages


def test_it_is_one_file_without_script_or_network(report: Path) -> None:
    page = report.read_text()
    assert "<script" not in page
    addresses = set(re.findall(r"""(?:src|href)="([^"#][^"]*)""", page))
    assert {address.split(",")[0] for address in addresses} <= {"data:image/png;base64"}
    assert len(page) < 2_000_000


@pytest.mark.usefixtures("pipeline")
def test_where_it_cant_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "report").touch()
    path = tmp_path / "report" / "heart_rate.html"
    done = CliRunner().invoke(main, ["--output", str(path)])
    assert done.exit_code == ExitCode.CANT_WRITE
    assert done.stderr.startswith(f"error: {path} can't be written: ")
    assert done.stderr.endswith(" — make report ARGS='--output FILE'\n")


@pytest.mark.usefixtures("pipeline")
def test_a_database_that_was_never_loaded_leaves_the_last_page_alone(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """Somebody else's, or a name that was mistyped; also where `make status` was there once."""
    page = tmp_path / "heart_rate.html"
    page.write_text("the last good page")
    for _ in range(2):
        done = CliRunner().invoke(main, ["--output", str(page)])
        assert done.exit_code == ExitCode.NO_INPUT
        assert done.stderr.startswith("error: the database test at 127.0.0.1 has no marts; ")
        assert f"{page} was left as it is — " in done.stderr
        assert page.read_text() == "the last good page"
        assert pipeline.loader("status").returncode == 0


def test_an_empty_database_gives_a_page_that_says_so(
    pipeline: Pipeline, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    browser.get(write(tmp_path).as_uri())
    assert "holds no heart-rate readings" in browser.find_element(By.TAG_NAME, "body").text
