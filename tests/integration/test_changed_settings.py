"""The marts after a changed format.yml: as if they had been built from the corrected readings."""

from __future__ import annotations

from pathlib import Path

from loader.errors import ExitCode
from tests.pipeline import Pipeline

DAYS = "select to_jsonb(mart) from marts.heart_rate_day as mart order by participant_id, day"
HOURS = "select to_jsonb(mart) from marts.heart_rate_hour as mart order by participant_id, hour"


def write(folder: Path, zone: str) -> None:
    (folder / "format.yml").write_text(f"zone: {zone}\n", encoding="utf-8")


def ingest(pipeline: Pipeline, *options: str) -> str:
    done = pipeline.loader("ingest", *options)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    return done.stdout


def test_the_marts_follow_readings_that_move(pipeline: Pipeline) -> None:
    """All readings of a UTC day move to another one, of which nothing else is staged."""
    rows = [
        f"2024-05-01 {hour:02}:{minute:02}:00,{60 + minute}"
        for hour in (1, 2)
        for minute in range(60)
    ]
    site = pipeline.data / "site"
    pipeline.write(rows, "datetime,bpm", "site/a.csv")
    pipeline.write(["2024-05-07 10:00:00,61", "2024-05-07 10:00:01,62"])
    write(site, "UTC")
    ingest(pipeline)
    assert pipeline.query("select min(day)::text, count(*) from marts.heart_rate_day") == [
        ("2024-05-01", 2)
    ]

    write(site, "Asia/Tokyo")
    assert "120 readings deleted at their former instant" in ingest(pipeline)

    assert pipeline.query("select min(day)::text, count(*) from marts.heart_rate_day") == [
        ("2024-04-30", 2)
    ]
    merged = pipeline.query(DAYS), pipeline.query(HOURS)
    ingest(pipeline, "--full-refresh")
    assert (pipeline.query(DAYS), pipeline.query(HOURS)) == merged
