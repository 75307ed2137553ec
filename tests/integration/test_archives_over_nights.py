"""An archive night after night: opened only when it has changed, and nothing of it is lost."""

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from loader.commands.run_result import RunResult
from loader.find import tar_archive
from tests.formats.packed import tarred, zipped
from tests.pipeline import Pipeline, readings, seconds

pytestmark = pytest.mark.without_marts

A = seconds("2024-01-01 00:00:00", range(60, 90))
B = seconds("2024-01-02 00:00:00", range(60, 90))
C = seconds("2024-01-03 00:00:00", range(60, 90))
LOOSE = seconds("2024-01-09 00:00:00", range(60, 90))


def hr_csv(rows: list[str]) -> bytes:
    return "\n".join(["timestamp,value", *rows, ""]).encode()


def study(b: list[str] = B) -> bytes:
    inner = zipped([("c.csv", hr_csv(C))])
    return tarred([("a.csv", hr_csv(A)), ("b.csv", hr_csv(b)), ("c.zip", inner)], "tar.gz")


def as_of(path: Path, content: bytes, when: int) -> None:
    path.write_bytes(content)
    os.utime(path, (when, when))


def test_an_archive_is_opened_only_when_it_has_changed(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[BinaryIO] = []
    really = tar_archive.open_tar

    def counted(stream: BinaryIO) -> tar_archive._StrictTar:
        opened.append(stream)
        return really(stream)

    monkeypatch.setattr(tar_archive, "open_tar", counted)

    def night() -> tuple[RunResult, int]:
        opened.clear()
        result = pipeline.ingest()
        assert result.findings.faults == []
        return result, len(opened)

    path = pipeline.data / "study.tgz"
    pipeline.write(LOOSE, name="z.csv")
    as_of(path, study(), 1_000)
    result, _ = night()
    assert (result.counts.files_read, result.counts.new) == (4, 120)

    result, times = night()
    assert (result.outcome, result.counts.files_seen, times) == ("nothing new", 4, 0)

    # Downloaded again: looked through once, and nothing of it has to be read.
    as_of(path, study(), 2_000)
    result, times = night()
    assert (result.counts.files_read, times) == (0, 1)
    assert night()[1] == 0

    # One member is another, of the same size.
    changed = [*B[:-1], B[-1].replace(",89", ",99")]
    as_of(path, study(changed), 3_000)
    result, _ = night()
    assert (result.counts.files_read, result.counts.corrected) == (1, 1)
    assert pipeline.table() == readings([*A, *changed, *C, *LOOSE])

    # It goes and comes back as it was.
    away = path.rename(pipeline.data.parent / "away.tgz")
    result, _ = night()
    assert sorted(result.update.vanished) == [
        *("study.tgz/a.csv", "study.tgz/b.csv", "study.tgz/c.zip/c.csv")
    ]
    away.rename(path)
    result, _ = night()
    assert (result.counts.files_read, result.counts.unchanged) == (3, 90)
    assert result.update.vanished == []
    assert night()[1] == 0

    # A file that overlaps a member: the member is read again from the archive as it was.
    pipeline.write([*C[:3], "2024-01-03 00:00:03,200"], name="y.csv")
    result, times = night()
    assert result.counts.files_read == 2
    assert (result.counts.corrected, result.counts.conflicts) == (1, 1)
    assert times >= 1


def test_what_was_recorded_by_an_older_version_keeps_its_names(pipeline: Pipeline) -> None:
    """Without ingest.archives, as an older version left it, nothing is read again."""
    as_of(pipeline.data / "study.zip", zipped([("d/a.csv", hr_csv(A)), ("b.csv", hr_csv(B))]), 1)
    pipeline.ingest()
    pipeline.query("delete from ingest.archives")

    result = pipeline.ingest()

    assert (result.outcome, result.counts.files_read, result.update.vanished) == (
        "nothing new",
        0,
        [],
    )
    known = pipeline.query("select path, members from ingest.archives")
    assert known == [("study.zip", 2)]

    # And what is no longer known of an archive is read again, although the archive is as it was.
    pipeline.query("delete from ingest.files where path = 'study.zip/b.csv'")
    pipeline.query("delete from ingest.days where path = 'study.zip/b.csv'")
    result = pipeline.ingest()
    assert (result.counts.files_read, result.counts.unchanged) == (1, 30)
