"""dbt starts while a long file is read: the run is the same, and nothing is left behind."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader

from loader.errors import DbtFailedError, TooManyRejectedError
from loader.settings import PROJECT
from tests.pipeline import Pipeline, readings, seconds

ROWS = seconds("2024-01-01 00:00:00", [60.5 + number % 40 for number in range(300)])
THREAD = "dbt preparation"


@pytest.fixture(autouse=True)
def _every_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loader.transform.WORTH_PREPARING", 0)


@pytest.fixture
def parsed_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that parsed the project, in order."""
    names: list[str] = []
    parse = ManifestLoader.get_full_manifest

    def parse_and_tell(*arguments: Any, **options: Any) -> Manifest:
        names.append(threading.current_thread().name)
        return parse(*arguments, **options)

    monkeypatch.setattr(ManifestLoader, "get_full_manifest", parse_and_tell)
    return names


def leftover() -> list[str]:
    """The preparation's threads that have not ended within half a minute."""
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(30)
    return [one.name for one in threading.enumerate() if one.name == THREAD]


def test_the_run_uses_what_was_prepared(pipeline: Pipeline, parsed_by: list[str]) -> None:
    pipeline.write(ROWS)

    result = pipeline.ingest()

    assert pipeline.table() == readings(ROWS)
    assert result.last_ok_run == datetime(2024, 1, 1, 0, 4, 59, tzinfo=UTC)
    assert parsed_by == [THREAD]
    assert leftover() == []


def test_a_run_without_anything_new_prepares_nothing(
    pipeline: Pipeline, parsed_by: list[str]
) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()

    assert pipeline.ingest().outcome == "nothing new"

    assert parsed_by == [THREAD]


def test_a_project_that_cannot_be_parsed_is_told(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write(ROWS)
    project = tmp_path / "project"
    project.mkdir()
    text = (PROJECT / "dbt_project" / "dbt_project.yml").read_text()
    (project / "dbt_project.yml").write_text(text)
    (project / "models").mkdir()
    (project / "models" / "heart_rate.sql").write_text("select 1 from {{ ref('nothing') }}")
    monkeypatch.setenv("DBT_PROJECT_DIR", str(project))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))

    with pytest.raises(DbtFailedError, match="nothing"):
        pipeline.ingest()

    assert leftover() == []


def test_an_error_while_reading_leaves_no_thread(pipeline: Pipeline) -> None:
    pipeline.write([*ROWS, *["not a reading,at all"] * 200])

    with pytest.raises(TooManyRejectedError):
        pipeline.ingest()

    assert leftover() == []
    assert pipeline.query("select to_regclass('public.heart_rate')") == [(None,)]
