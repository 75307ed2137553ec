"""Pages of the report, and how a browser shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from click.testing import CliRunner
from selenium import webdriver

from scripts.report.__main__ import main

PHONE_WIDTH = 390


def readings_of(days: int) -> list[str]:
    """A reading a minute, without 2024-03-03, and with two exercises a day."""
    start = datetime(2024, 3, 1)
    return [
        f"{instant:%Y-%m-%d %H:%M:%S},{150 if instant.hour in (7, 18) else 55 + instant.hour}"
        for number in range(days * 1440)
        if (instant := start + timedelta(minutes=number)).day != 3
    ]


def write(folder: Path) -> Path:
    path = folder / "report" / "heart_rate.html"
    done = CliRunner().invoke(main, ["--output", str(path)])
    assert done.exit_code == 0, done.output
    return path


@contextmanager
def seen_as(browser: webdriver.Chrome, medium: str, width: int) -> Iterator[None]:
    """The page on a medium of that width, in CSS pixels."""
    metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
