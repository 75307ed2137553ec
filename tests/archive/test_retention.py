"""The archive keeps what retention drops from the table."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loader.commands.archive.layout import By
from loader.errors import ExitCode
from tests.archive.independent import files, in_files, in_table
from tests.archive.test_archive import night, refused, verify, write
from tests.pipeline import Pipeline

FLOOR = datetime(2026, 4, 1, tzinfo=UTC)


def retained(project: Pipeline, folder: Path) -> str:
    done = project.loader("ingest", ARCHIVE_DIR=str(folder), RETENTION="60 days")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("by", "new_day"), [(By.DAY, "2026-06-02"), (By.MONTH, "2026-06-03")])
def test_dropped_readings_stay(project: Pipeline, folder: Path, by: By, new_day: str) -> None:
    for name in ("P008", "P009"):
        night(project, name, "2026-01-31 05:00:00")
        night(project, name, "2026-06-01 05:00:00")
    done = project.loader("ingest", ARCHIVE_DIR="")
    assert done.returncode == 0, done.stderr
    write(by=by)
    night(project, "P009", f"{new_day} 05:00:00")
    everything = in_table(project)

    # Nothing is dropped that the archive doesn't have.
    away = folder.rename(folder.with_name("away"))
    done = project.loader("ingest", ARCHIVE_DIR=str(folder), RETENTION="60 days")
    assert done.returncode == ExitCode.CANT_WRITE
    assert len(in_table(project)) == len(everything) + 20
    away.rename(folder)

    assert "readings before 2026-04-01 (UTC) dropped" in retained(project, folder)
    kept = in_files(folder)
    assert len(kept) == len(everything) + 20
    assert in_table(project) == [row for row in kept if row[1] >= FLOOR]
    assert verify().ok

    # Full comparisons and a swap compare what the table has.
    write(full=True)
    done = project.loader("ingest", "--full-refresh", ARCHIVE_DIR=str(folder), RETENTION="60 days")
    assert done.returncode == 0, done.stderr
    assert in_files(folder) == kept
    assert verify().ok

    # An erased participant leaves the files that have others, too.
    shutil.rmtree(project.data / "participant_id=P008")
    done = project.loader("forget", "P008", "--yes")
    assert done.returncode == 0, done.stderr
    assert in_files(folder) == [row for row in kept if row[0] != "P008"]
    assert verify().ok

    # A damaged file of dropped readings can't be repaired, and isn't removed.
    whole = files(folder)[0].read_bytes()
    files(folder)[0].write_bytes(whole[:-20])
    assert not verify().ok
    assert "no longer has its readings" in refused(full=True)
    files(folder)[0].write_bytes(whole)
    assert verify().ok

    done = project.loader("ingest", "--reconcile", "--load-dropped", ARCHIVE_DIR=str(folder))
    assert done.returncode == 0, done.stderr
    assert in_table(project) == in_files(folder)
    assert verify().ok
