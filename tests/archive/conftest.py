"""A project without marts whose participants' days the tests archive."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.pipeline import Pipeline, seconds


def takeout(start: str, number: int) -> list[dict[str, object]]:
    """Readings with every confidence."""
    first = datetime.fromisoformat(start)
    return [
        {
            "dateTime": f"{first + timedelta(seconds=9 * place):%m/%d/%y %H:%M:%S}",
            "value": {"bpm": 60 + place % 50, "confidence": place % 4},
        }
        for place in range(number)
    ]


@pytest.fixture(scope="module")
def project(module_pipeline: Pipeline, without_marts: dict[str, str]) -> Pipeline:
    """Three participants on some days around the end of a month, with an odd name."""
    made = module_pipeline
    made.environment |= {**without_marts, "FITBIT_TIMEZONE": "UTC"}
    rows = takeout("2026-01-30 23:59:00", 40) + takeout("2026-02-02 12:00:00", 10)
    made.write(
        ["2026-01-31 00:00:00.000001,70.1", *seconds("2026-01-31 23:59:50", range(60, 80))],
        name="participant_id=P002/hr.csv",
    )
    made.write(
        seconds("2026-01-31 08:00:00", [61.25, 62.5]), name="participant_id=Ле'на [x]*/hr.csv"
    )
    path = made.data / "participant_id=P001" / "heart_rate.json"
    path.parent.mkdir()
    path.write_text(json.dumps(rows))
    done = made.loader("ingest")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def folder(project: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for an archive, which commands find in ``ARCHIVE_DIR``."""
    project.use(monkeypatch)
    # A name that DuckDB would take for a pattern.
    made = tmp_path / "disk [1]*" / "archive"
    monkeypatch.setenv("ARCHIVE_DIR", str(made))
    return made
