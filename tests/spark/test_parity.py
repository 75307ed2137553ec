"""Spark's marts equal those of Postgres to the last bit, after every kind of run.

Each test goes on from what the one before has left.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.marts.study import Reading
from tests.spark.conftest import arrives_later
from tests.spark.engines import Compared, Engines
from tests.spark.wearers import readings


def are_equal(compared: dict[str, Compared]) -> None:
    lines = [f"{name}: {line}" for name, one in compared.items() for line in one.differences]
    assert not lines, "\n".join(lines)


def files_of_marts(engines: Engines) -> set[Path]:
    """The files of the marts, whose names are new whenever they are written; not the seeds."""
    schemas = (engines.archive / "marts", engines.archive / "intermediate")
    tables = {table for schema in schemas for table in schema.iterdir()}
    return {
        file
        for table in tables
        if table.name not in ("participants", "heart_rate_zones")
        for file in table.rglob("*.parquet")
    }


def changed(engines: Engines, file: str, text: str, instead: str) -> Path:
    """A copy of the project with a file changed."""
    project = engines.folder / "changed"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(engines.project, project, ignore=shutil.ignore_patterns("target"))
    path = project / file
    original = path.read_text()
    assert text in original
    path.write_text(original.replace(text, instead))
    return project


def test_a_first_build(engines: Engines) -> None:
    compared = engines.compare()
    are_equal(compared)
    assert all(one.rows for one in compared.values())


def test_a_repeated_night_writes_no_mart(engines: Engines) -> None:
    """And says that a seed has changed, which no mart follows until a full refresh."""
    before = files_of_marts(engines)
    assert before
    other = changed(engines, "seeds/participants.csv", "Asia/Kolkata,1985", "Asia/Kolkata,1986")
    said = " ".join(engines.build(project=other).split())
    assert "the marts of 1 participant were built with other seeds or vars than the present" in said
    assert files_of_marts(engines) == before
    are_equal(engines.compare())


def test_a_night(engines: Engines) -> None:
    """A late day, a new one, corrections, lost signals, a new wearer, and days that vanish."""
    late = [one for one in readings() if arrives_later(one)]
    corrected = [
        one._replace(bpm=one.bpm + 1, confidence=0 if number % 3 else 2)
        for number, one in enumerate(readings())
        if one.participant == "two devices" and one.instant.hour == 9
    ]
    start = datetime(2024, 3, 5, tzinfo=UTC)
    new = [Reading("not seeded", start + timedelta(minutes=n), 60 + n / 7) for n in range(200)]
    engines.study.stage([*late, *corrected, *new])
    # The only day of a wearer in its month, one of several, and the only one that counts.
    vanish(engines, "havana", "2023-11-05")
    vanish(engines, "pauses", "2024-03-08")
    vanish(engines, "single", "2024-03-04")
    engines.study.build()
    engines.build()
    are_equal(engines.compare())


def vanish(engines: Engines, who: str, day: str) -> None:
    """As a comparison that finds a day in no file any more."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    engines.study.query(
        "delete from heart_rate where participant_id = %s and timestamp >= %s and timestamp < %s",
        [who, start, start + timedelta(days=1)],
    )
    engines.study.query(
        "insert into staging.touched_days values (%s, %s, %s, 0, %s)",
        [who, start, start + timedelta(days=1), start],
    )


def test_without_the_rest_of_the_partition_rows_are_lost(engines: Engines) -> None:
    """A control: a night that replaces partitions by the rows of the touched days alone."""
    project = changed(
        engines, "macros/spark/replace_touched.sql", "where not {{ is_touched }}", "where false"
    )
    start = datetime(2024, 3, 4, 20, tzinfo=UTC)
    engines.study.run([Reading("stuck", start + timedelta(minutes=n), 61.5) for n in range(30)])
    engines.build(project=project)
    lost = {name for name, one in engines.compare().items() if one.differences}
    assert {"marts.heart_rate_minute", "marts.heart_rate_gap", "marts.heart_rate_day"} <= lost


def test_a_full_refresh(engines: Engines) -> None:
    """Also of marts that have lost rows."""
    engines.build("--full")
    are_equal(engines.compare())


def test_without_rounding_the_marts_differ(engines: Engines) -> None:
    """A control: the comparison finds a sum that is off by a billionth."""
    project = changed(
        engines, "macros/cross_db/expressions.sql", "rint({{ expression }})", "{{ expression }}"
    )
    engines.build("--full", project=project)
    assert engines.compare()["marts.heart_rate_hour"].differences
