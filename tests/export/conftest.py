"""A project with four participants over a clock change, and folders to export it to."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.export.exported import BEFORE, NO_SIGNAL, ODD_FOLDER
from tests.pipeline import Pipeline, seconds


def takeout(number: int, confidence: int | None) -> dict[str, object]:
    instant = BEFORE + timedelta(seconds=20 * number)
    value = {"bpm": 60 + number % 50} | ({} if confidence is None else {"confidence": confidence})
    return {"dateTime": f"{instant:%m/%d/%y %H:%M:%S}", "value": value}


@pytest.fixture(scope="module")
def project(module_pipeline: Pipeline) -> Pipeline:
    """Four participants over a clock change, with and without confidences."""
    made = module_pipeline
    made.environment["FITBIT_TIMEZONE"] = "Europe/Berlin"
    documents = {
        # Of each kind: no confidence, zero, others, mixed within a day.
        "participant_id=P001/heart_rate.json": [
            takeout(number, (None, 0, 1, 3)[number % 4]) for number in range(4_000)
        ],
        f"participant_id={NO_SIGNAL}/heart_rate.json": [takeout(number, 0) for number in range(9)],
    }
    for name, rows in documents.items():
        path = made.data / name
        path.parent.mkdir()
        path.write_text(json.dumps(rows))
    fractions = [f"2024-10-27 00:30:00.{number:06},{60.1 + number / 3}" for number in range(40)]
    made.write(
        [*seconds("2024-10-26 08:00:00", range(60, 190), step=300), *fractions],
        name="participant_id=P002/hr.csv",
    )
    # A single minute, so that standard deviations are null; and a year later.
    later = [*seconds("2024-03-31 00:59:50", range(60, 80)), "2025-11-02 05:00:00,66.25"]
    made.write(later, name=f"participant_id={ODD_FOLDER}/hr.csv")
    done = made.loader("ingest")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"
