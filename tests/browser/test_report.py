"""The report as a person opens it: every figure is there, in light, dark and on paper."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from selenium import webdriver
from selenium.webdriver.common.by import By

from scripts.report.__main__ import main
from tests.pipeline import Pipeline

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


def test_it_is_one_file_without_script_or_network(report: Path) -> None:
    page = report.read_text()
    assert "<script" not in page
    addresses = set(re.findall(r"""(?:src|href)="([^"#][^"]*)""", page))
    assert {address.split(",")[0] for address in addresses} <= {"data:image/png;base64"}
    assert len(page) < 2_000_000


def test_an_empty_database_gives_a_page_that_says_so(
    pipeline: Pipeline, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    browser.get(write(tmp_path).as_uri())
    assert "holds no heart-rate readings" in browser.find_element(By.TAG_NAME, "body").text
