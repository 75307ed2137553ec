"""A headless Chromium; where the machine has none, these tests say so and are skipped."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from scripts.embedded.cluster import Cluster
from tests.browser.pages import readings_of, write
from tests.loaded_once import LoadedOnce, loaded_once
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


@pytest.fixture(scope="session")
def born(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a dbt project in which `me` has a year of birth; without it are no zones."""
    folder = tmp_path_factory.mktemp("born")
    changed = changed_project(folder, "seeds/participants.csv", "me,,", "me,,1985")
    return changed["DBT_PROJECT_DIR"]


@pytest.fixture(scope="session")
def reported(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory, born: str
) -> Iterator[LoadedOnce]:
    """Ten days of readings, and the report on them."""
    folder = tmp_path_factory.mktemp("reported")

    def load(pipeline: Pipeline) -> None:
        pipeline.write(readings_of(10))
        pipeline.ingest()
        write(folder)

    with loaded_once(cluster, dbt_target, folder, load, {"DBT_PROJECT_DIR": born}) as loaded:
        yield loaded


@pytest.fixture
def report(
    reported: LoadedOnce,
    pipeline: Pipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    born: str,
) -> Path:
    """The report on a copy of the database: a test may change both."""
    monkeypatch.setenv("DBT_PROJECT_DIR", born)
    reported.copy_to(pipeline)
    shutil.copytree(reported.folder / "report", tmp_path / "report")
    return tmp_path / "report" / "heart_rate.html"
