"""``make spark-build`` on an archive: the marts are in its folder, also after it was moved."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from loader.configuration.settings import PROJECT
from loader.errors import ExitCode
from tests.marts.study import Person
from tests.pipeline import Pipeline, seconds
from tests.spark.engines import project_of


@pytest.fixture
def archive(pipeline: Pipeline, without_marts: dict[str, str], tmp_path: Path) -> Path:
    """An archive in several buckets, under a name with a blank."""
    folder = tmp_path / "disk 1" / "archive"
    for who in ("P001", "P002", "P003"):
        pipeline.write(
            seconds("2026-01-30 23:59:50", range(60, 80)), name=f"participant_id={who}/hr.csv"
        )
    done = pipeline.loader("ingest", **without_marts)
    assert done.returncode == 0, done.stderr
    done = pipeline.loader("archive", "--buckets", "3", ARCHIVE_DIR=str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def build(archive: Path, *arguments: str, code: int = ExitCode.OK, **settings: str) -> str:
    """Run the command; returns what it printed."""
    environment = {
        **os.environ,
        "ARCHIVE_DIR": str(archive),
        "LOG_DIR": str(archive.parent / "logs"),
        "FITBIT_TIMEZONE": "UTC",
        **settings,
    }
    command = [sys.executable, "-m", "scripts.spark", "build", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def days(archive: Path) -> list[tuple[str, str, int]]:
    rows = pq.read_table(archive / "marts" / "heart_rate_day").to_pylist()
    return sorted((row["participant_id"], str(row["day"]), row["readings"]) for row in rows)


def test_the_marts_are_in_the_archive(archive: Path) -> None:
    failed = build(archive, "--", "--no-such-option", code=ExitCode.DBT_FAILED)
    assert "error: dbt failed on Spark — see its message above" in failed
    build(archive)
    expected = [
        (who, day, 10) for who in ("P001", "P002", "P003") for day in ("2026-01-30", "2026-01-31")
    ]
    assert days(archive) == expected
    assert {path.name for path in (archive / "marts" / "heart_rate_day").glob("bucket=*")} <= {
        f"bucket={number}" for number in range(3)
    }
    moved = archive.rename(archive.with_name("moved"))
    assert "was moved or copied: building from the beginning" in build(moved)
    assert days(moved) == expected
    assert not archive.exists()


def test_a_zone_that_java_does_not_know_is_refused(archive: Path, tmp_path: Path) -> None:
    project = project_of([Person("P001", "Europe/Nowhere")], tmp_path)
    said = build(archive, code=ExitCode.DBT_FAILED, DBT_PROJECT_DIR=str(project))
    assert "Java doesn't know the time zone Europe/Nowhere" in said
