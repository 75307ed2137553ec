"""What a file is known by: a correction that leaves size and modification time alone is found."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline import Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

ROWS = seconds("2024-03-01 00:00:00", [60 + number + 0.5 for number in range(20)])


def corrected(path: Path, number: int) -> None:
    """Another value in place, of the same length."""
    path.write_text(path.read_text().replace(f",{60 + number}.5", f",{60 + number}.7"))


def in_place(path: Path, number: int) -> None:
    before = path.stat()
    corrected(path, number)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_copy(path: Path, number: int) -> None:
    """As rsync and cp -p replace a file."""
    copy = path.with_name(".copy")
    shutil.copy2(path, copy)
    in_place(copy, number)
    copy.replace(path)


def recorded(pipeline: Pipeline) -> list[tuple[int | None]]:
    return pipeline.query("select changed_ns from ingest.files")


def test_a_correction_of_the_same_size_and_time_is_found(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    ways: list[Callable[[Path, int], None]] = [in_place, by_copy]

    for number, correct in enumerate(ways, start=3):
        before = pipeline.hr_csv.stat()
        correct(pipeline.hr_csv, number)
        after = pipeline.hr_csv.stat()
        assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        assert pipeline.ingest().counts.corrected == 1

    rows = pipeline.hr_csv.read_text().splitlines()[1:]
    assert pipeline.table() == readings(rows)


def test_what_changes_no_byte_is_looked_at_once_and_not_read(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.hr_csv.chmod(0o600)

    result = pipeline.ingest()

    assert (result.outcome, result.counts.files_read) == ("nothing new", 0)
    assert recorded(pipeline) == [(pipeline.hr_csv.stat().st_ctime_ns,)]


def test_a_ledger_from_before_is_believed_and_completed(pipeline: Pipeline) -> None:
    pipeline.write(ROWS)
    pipeline.ingest()
    pipeline.query("update ingest.files set changed_ns = null")

    result = pipeline.ingest()

    assert (result.outcome, result.counts.files_read) == ("nothing new", 0)
    assert recorded(pipeline) == [(pipeline.hr_csv.stat().st_ctime_ns,)]
