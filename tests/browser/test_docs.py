"""The dbt docs as a person opens them: one static page with the table, its columns, its lineage."""

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from scripts.serve_docs import MODELS_SELECTED, show_models
from tests.pipeline import Pipeline, seconds


@pytest.fixture
def page(pipeline: Pipeline) -> Path:
    pipeline.write(seconds("2024-01-01 00:00:00", range(60, 90)))
    pipeline.ingest()
    done = pipeline.dbt("docs", "generate", "--static")
    assert done.returncode == 0, done.stdout
    static = Path(pipeline.environment["DBT_TARGET_PATH"]) / "static_index.html"
    assert show_models(static).count(MODELS_SELECTED) == 1
    return static


def test_docs_show_heart_rate_its_columns_and_its_lineage(
    page: Path, browser: webdriver.Chrome
) -> None:
    def text_of(node: str, expected: str) -> str:
        browser.get("about:blank")
        browser.get(f"{page.as_uri()}#!/{node}")
        WebDriverWait(browser, 30).until(
            lambda opened: expected in opened.find_element(By.TAG_NAME, "body").text
        )
        return browser.find_element(By.TAG_NAME, "body").text

    assert "Where to begin" in text_of("overview", "Where to begin")
    about = text_of("model/model.fitbit.heart_rate", "Every valid heart-rate reading")
    for column in ("participant_id", "timestamp", "value", "confidence"):
        assert column in about
    assert "double precision" in about
    # From the source to the report, a step at a time.
    text_of("source/source.fitbit.staging.heart_rate", "stg_heart_rate")
    text_of("model/model.fitbit.stg_heart_rate", "heart_rate")
    text_of("model/model.fitbit.heart_rate", "heart_rate_minute")
    text_of("exposure/exposure.fitbit.heart_rate_report", "heart_rate_coverage")
