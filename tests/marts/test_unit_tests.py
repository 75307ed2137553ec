"""dbt's unit tests say the same whatever the user's settings are."""

import json

from tests.pipeline import Pipeline

ODD = {
    "default_time_zone": "Pacific/Kiritimati",
    "default_birth_year": 1931,
    "marts_min_confidence": 3,
    "gap_minutes": 4,
    "archive_buckets": 3,
    "marts_definitions": 99,
    "valid_day_hours": 1,
    "valid_hour_minutes": 50,
    "valid_week_days": 6,
    "zone_rule": "maximum",
    "zone_resting_days": 3,
    "resting_minutes": 7,
    "chunk_interval": "3 days",
    "marts_chunk_interval": "11 days",
    "columnstore_after": "never",
    "full_tests": True,
    "allow_shrink": True,
}
"""Every var of dbt_project.yml with a value that is not its default."""


def test_unit_tests_do_not_depend_on_settings(pipeline: Pipeline) -> None:
    pipeline.write(["2024-01-01 00:00:00,60"])
    pipeline.ingest()
    done = pipeline.dbt(
        "test",
        "--select",
        "test_type:unit",
        "--no-use-colors",
        "--vars",
        json.dumps(ODD),
        FITBIT_TIMEZONE="Asia/Kolkata",
        FITBIT_PARTICIPANT="someone else",
        LOADER_MEMORY="1GB",
        PGTZ="America/New_York",
        PGDATESTYLE="German",
    )
    assert done.returncode == 0, done.stdout
    assert "PASS=0" not in done.stdout
