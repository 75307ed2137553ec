"""A headless Chromium; where the machine has none, these tests say so and are skipped."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.browser.pages import readings_of, write
from tests.pipeline import Pipeline, changed_project


@pytest.fixture(scope="session")
def browser() -> Iterator[webdriver.Chrome]:
    """Chromium without a network: no page of ours may need one."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no chromium and chromedriver here; Debian: apt install chromium-driver")
    options = Options()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",  # root in a container has none
        "--disable-dev-shm-usage",
        "--window-size=1100,3200",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    made = webdriver.Chrome(options=options, service=Service(driver))
    made.set_page_load_timeout(60)
    yield made
    made.quit()


@pytest.fixture
def report(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Without a birth year there are no zones.
    born = changed_project(tmp_path, "seeds/participants.csv", "me,,", "me,,1985")
    monkeypatch.setenv("DBT_PROJECT_DIR", born["DBT_PROJECT_DIR"])
    pipeline.write(readings_of(10))
    pipeline.ingest()
    return write(tmp_path)
