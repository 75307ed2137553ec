"""`make archive`: after every event the files are the table's readings; no more is written."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loader.commands.archive.archive import archive
from loader.commands.archive.folder import open_to_write
from loader.commands.archive.layout import By
from loader.commands.archive.request import Archived, ArchiveRequest
from loader.commands.archive.verify import (
    ArchiveVerification,
    render_archive_verification,
    verify_archive,
)
from loader.configuration.settings import Settings
from loader.errors import (
    ArchiveRefusedError,
    CantWriteError,
    ExitCode,
    LockedError,
    NoInputError,
    UsageError,
)
from tests.archive.conftest import takeout
from tests.archive.independent import by_ledger, files, in_files, in_table, is_the_table, versions
from tests.integration.test_zone_limits import TAKEOUT
from tests.integration.test_zone_limits import takeout as takeout_limits
from tests.pipeline import Pipeline, QuietReporter, seconds

MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def write(**request: object) -> Archived:
    settings = Settings.from_env(os.environ)
    return archive(settings, ArchiveRequest(**request), QuietReporter())  # type: ignore[arg-type]


def verify() -> ArchiveVerification:
    return verify_archive(Settings.from_env(os.environ), QuietReporter())


def run(project: Pipeline, *arguments: str, code: int = 0, **environment: str) -> str:
    """A run without the archive, unless ``ARCHIVE_DIR`` is named."""
    done = project.loader("ingest", *arguments, ARCHIVE_DIR="", **environment)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def refused(**request: object) -> str:
    with pytest.raises(ArchiveRefusedError) as error:
        write(**request)
    assert error.value.exit_code == ExitCode.REFUSED
    return str(error.value)


def night(project: Pipeline, name: str, start: str) -> None:
    """A new file with 20 readings of a participant."""
    project.write(seconds(start, range(60, 80)), name=f"participant_id={name}/{start[:10]}.csv")


# --- What is written -----------------------------------------------------------------------------


def test_the_first_archive(project: Pipeline, folder: Path) -> None:
    done = write()
    assert done.readings == len(in_table(project))
    is_the_table(project, folder)
    assert verify().ok


def test_a_night_writes_only_its_days(project: Pipeline, folder: Path) -> None:
    write()
    before = versions(folder)
    # A new day, a late reading, and a correction.
    night(project, "P002", "2026-02-03 05:00:00")
    project.append(["2026-01-30 00:00:07,66"], "participant_id=P002/hr.csv")
    path = project.data / "participant_id=P001" / "heart_rate.json"
    rows = json.loads(path.read_text())
    rows[-1]["value"] = {"bpm": 199, "confidence": 0}
    path.write_text(json.dumps(rows))
    text = project.loader("ingest")
    assert text.returncode == 0, text.stderr
    (line,) = [line for line in text.stdout.splitlines() if line.startswith("  archive")]
    assert "3 files written" in line
    is_the_table(project, folder)
    after = versions(folder)
    changed = {str(path) for path in after if after[path] != before.get(path)}
    assert changed == {
        "heart_rate/day=2026-01-30/bucket=000/data.parquet",
        "heart_rate/day=2026-02-02/bucket=000/data.parquet",
        "heart_rate/day=2026-02-03/bucket=000/data.parquet",
        "days.parquet",
        "manifest.json",
    }


def test_nothing_new_writes_nothing(project: Pipeline, folder: Path) -> None:
    write()
    before = versions(folder)
    assert write() == Archived(folder)
    done = project.loader("ingest")
    assert done.returncode == 0, done.stderr
    assert "nothing to write" in done.stdout
    assert versions(folder) == before


def test_runs_without_the_archive_are_caught_up(project: Pipeline, folder: Path) -> None:
    """As after a run that died between its commit and the archive."""
    write()
    night(project, "P001", "2026-02-04 05:00:00")
    run(project)
    night(project, "P003", "2026-02-05 05:00:00")
    run(project, "--reconcile")
    found = verify()
    assert not found.ok
    assert not found.is_current
    assert render_archive_verification(found).endswith("make archive")
    assert write().written == 2
    is_the_table(project, folder)


def test_the_ledger_is_written_without_new_readings(project: Pipeline, folder: Path) -> None:
    """Limits of zones come without a reading; an archive of an earlier version has no ledger."""
    write()
    before = versions(folder)
    limits = project.data / "participant_id=P002" / TAKEOUT / "daily_heart_rate_zones_2024-03.csv"
    limits.parent.mkdir(parents=True)
    limits.write_text(takeout_limits({1: (100, 130, 160)}))
    done = project.loader("ingest")
    assert done.returncode == 0, done.stderr
    assert project.query("select count(*) from ingest.zone_limits") == [(1,)]
    is_the_table(project, folder)
    assert {path for path in before if versions(folder)[path] == before[path]} == {
        file.relative_to(folder) for file in files(folder)
    }
    shutil.rmtree(folder / "ledger")
    assert write() == Archived(folder)
    is_the_table(project, folder)


def test_staged_readings_are_archived_once_they_are_merged(project: Pipeline, folder: Path) -> None:
    write()
    night(project, "P001", "2026-02-06 05:00:00")
    assert project.loader("load", ARCHIVE_DIR="").returncode == 0
    write()
    is_the_table(project, folder)
    merged = project.dbt("run", "--select", "+heart_rate")
    assert merged.returncode == 0, merged.stdout
    # The ledger doesn't know them yet.
    assert write().written == 1
    is_the_table(project, folder)
    assert ("P001", datetime(2026, 2, 6).date()) in by_ledger(folder)
    run(project)


def test_by_month_in_several_buckets(project: Pipeline, folder: Path) -> None:
    write(by=By.MONTH, buckets=2)
    is_the_table(project, folder, buckets=2)
    night(project, "P004", "2026-01-29 05:00:00")
    night(project, "P005", "2026-01-29 05:00:00")
    run(project)
    assert write().written == 2
    is_the_table(project, folder, buckets=2)
    found = {path.relative_to(folder).parts[1:3] for path in files(folder)}
    assert {month for month, _ in found} == {"month=2026-01", "month=2026-02"}
    assert {bucket for _, bucket in found} == {"bucket=000", "bucket=001"}
    night(project, "P004", "2026-01-30 05:00:00")
    run(project)
    assert write().written == 1
    is_the_table(project, folder, buckets=2)
    assert verify().ok


def test_the_layout_is_fixed(project: Pipeline, folder: Path) -> None:
    write(buckets=3)
    before = versions(folder)
    assert "can't be changed" in refused(buckets=4, full=True)
    assert "can't be changed" in refused(by=By.MONTH)
    assert versions(folder) == before
    assert write(buckets=3, by=By.DAY) == Archived(folder)


def test_random_histories(project: Pipeline, folder: Path) -> None:
    """Some nights of some participants on some days; each is archived in two layouts."""
    other = folder.with_name("by month")
    for number in range(3):
        for who in ("R1", "R2", "R3"):
            seed = int(hashlib.sha256(f"{who} {number}".encode()).hexdigest(), 16)
            day, first = 1 + seed % 28, seed // 28 % 23
            rows = seconds(f"2026-03-{day:02} {first:02}:59:30", range(60, 60 + seed % 90))
            name = f"participant_id={who}/{seed % 2}.csv"
            (project.append if (project.data / name).exists() else project.write)(rows, name=name)
        run(project)
        write(buckets=2)
        os.environ["ARCHIVE_DIR"] = str(other)
        write(by=By.MONTH, buckets=3)
        is_the_table(project, other, buckets=3)
        os.environ["ARCHIVE_DIR"] = str(folder)
        is_the_table(project, folder, buckets=2)


# --- What leaves the archive ---------------------------------------------------------------------


def test_a_swap_writes_only_what_differs(project: Pipeline, folder: Path) -> None:
    gone = project.write(
        seconds("2026-02-07 05:00:00", range(60, 70)), name="participant_id=P007/hr.csv"
    )
    run(project)
    write()
    before = versions(folder)
    run(project, "--full-refresh")
    assert (write().written, write().removed) == (0, 0)
    assert [
        path for path in files(folder) if before[path.relative_to(folder)] != path.stat().st_ino
    ] == []
    # A full refresh that is allowed to drops the days of a missing file.
    gone.unlink()
    run(project, "--full-refresh", "--allow-shrink")
    assert write().removed == 1
    is_the_table(project, folder)
    assert not (folder / "heart_rate" / "day=2026-02-07").exists()


def test_forget_erases_in_the_archive(project: Pipeline, folder: Path) -> None:
    for day in ("2026-01-31", "2026-02-08"):
        night(project, "P008", f"{day} 05:00:00")
    run(project)
    write()
    shutil.rmtree(project.data / "participant_id=P008")
    # The disk of the archive is away: nothing is erased.
    away = folder.rename(folder.with_name("away"))
    done = project.loader("forget", "P008", "--yes")
    assert done.returncode == ExitCode.CANT_WRITE
    assert "mount its disk" in done.stderr
    assert "P008" in {who for who, *_ in in_table(project)}
    with pytest.raises(CantWriteError, match="mount its disk"):
        write()
    away.rename(folder)
    done = project.loader("forget", "P008", "--yes")
    assert done.returncode == 0, done.stderr
    assert "archive: 1 file written" in done.stderr
    assert "1 file removed" in done.stderr
    is_the_table(project, folder)
    assert not (folder / "heart_rate" / "day=2026-02-08").exists()
    write()
    is_the_table(project, folder)
    assert verify().ok


def test_somebody_erased_without_the_archive_leaves_it_later(
    project: Pipeline, folder: Path
) -> None:
    night(project, "P009", "2026-02-09 05:00:00")
    run(project)
    write()
    shutil.rmtree(project.data / "participant_id=P009")
    done = project.loader("forget", "P009", "--yes", ARCHIVE_DIR="")
    assert done.returncode == 0, done.stderr
    assert f"the archive {folder} may have" in done.stdout
    assert write().removed == 1
    is_the_table(project, folder)


def test_days_that_nobody_deleted_stay(project: Pipeline, folder: Path) -> None:
    """As after a retention policy: a partition isn't written without days that it has."""
    night(project, "P010", "2026-02-10 05:00:00")
    night(project, "P011", "2026-02-10 06:00:00")
    run(project)
    write()
    project.query("delete from heart_rate where participant_id = 'P010'")
    night(project, "P011", "2026-02-10 07:00:00")
    run(project)
    before = versions(folder)
    assert "1 participant-day" in refused()
    assert versions(folder) == before
    assert ("P010", datetime(2026, 2, 10).date()) in by_ledger(folder)
    assert write(full=True).written == 1
    is_the_table(project, folder)
    run(project, "--reconcile")
    write()
    is_the_table(project, folder)
    assert "P010" in {who for who, *_ in in_files(folder)}


# --- What is wrong, and its repair ---------------------------------------------------------------


def test_a_table_changed_by_hand(project: Pipeline, folder: Path) -> None:
    write()
    project.query("update heart_rate set value = value + 1 where timestamp < %s", [MIDNIGHT])
    project.query("insert into heart_rate values ('by hand', '2026-01-31 12:00+00', 61, 3)")
    assert write() == Archived(folder)
    changed = {
        (who, at.astimezone(UTC).date()) for who, at, *_ in in_table(project) if at < MIDNIGHT
    }
    assert changed
    found = {(who, day) for who, day, *_ in verify().differences}
    assert found == {*changed, ("by hand", MIDNIGHT.date())}
    done = project.loader("archive-verify")
    assert done.returncode == ExitCode.CHECK_FAILED
    assert done.stdout.rstrip().endswith("make archive FULL=1 repairs its files")
    write(full=True)
    is_the_table(project, folder)
    assert project.loader("archive-verify").returncode == 0
    project.query("delete from heart_rate where participant_id = 'by hand'")
    run(project, "--reconcile")


@pytest.mark.parametrize("damage", ["cut", "missing", "older", "ledger", "no ledger"])
def test_damaged_files(project: Pipeline, folder: Path, damage: str) -> None:
    write()
    file = files(folder)[1]
    ledger = folder / "days.parquet"
    match damage:
        case "cut":
            file.write_bytes(file.read_bytes()[:-20])
        case "missing":
            file.unlink()
        case "older":
            shutil.copy(files(folder)[0], file)
        case "ledger":
            ledger.write_bytes(b"PAR1")
        case "no ledger":
            ledger.unlink()
    done = project.loader("archive-verify")
    assert done.returncode == ExitCode.CHECK_FAILED
    assert done.stdout.rstrip().endswith("make archive FULL=1 repairs its files")
    write(full=True)
    is_the_table(project, folder)
    assert verify().ok


def test_a_strange_file_is_named(project: Pipeline, folder: Path) -> None:
    write()
    strange = files(folder)[0].with_name("copy.parquet")
    shutil.copy(files(folder)[0], strange)
    done = project.loader("archive-verify")
    assert done.returncode == ExitCode.CHECK_FAILED
    assert "copy.parquet  isn't the archive's" in done.stdout


def test_the_archive_of_another_database(project: Pipeline, folder: Path) -> None:
    write()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["position"]["run_started_at"] = "2026-01-01 00:00:00+00"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "of another database" in refused()
    done = project.loader("forget", "P001", "--yes")
    assert done.returncode == ExitCode.REFUSED
    write(full=True)
    is_the_table(project, folder)
    write()


def test_a_failure_of_the_archive_leaves_the_run_as_it_is(project: Pipeline, folder: Path) -> None:
    night(project, "P001", "2026-02-12 05:00:00")
    folder.parent.mkdir()
    folder.write_text("a file has its name")
    done = project.loader("ingest")
    assert done.returncode == ExitCode.CANT_WRITE
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    assert "the readings are loaded, but the archive isn't up to date" in line
    assert project.query("select outcome from ingest.runs order by run_id desc limit 1") == [
        ("ok",)
    ]
    folder.unlink()
    done = project.loader("ingest")
    assert done.returncode == 0, done.stderr
    is_the_table(project, folder)


def test_only_one_process_writes(project: Pipeline, folder: Path) -> None:
    write()
    with open_to_write(folder), pytest.raises(LockedError):
        write()


def test_what_is_refused(project: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoInputError, match="there is no archive"):
        verify()
    monkeypatch.setenv("ARCHIVE_DIR", str(project.data / "archive"))
    with pytest.raises(UsageError, match="in DATA_DIR"):
        write()
    monkeypatch.delenv("ARCHIVE_DIR")
    with pytest.raises(UsageError, match="isn't set"):
        write()
    assert not (project.data / "archive").exists()


def test_an_empty_database(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_DIR", str(tmp_path / "archive"))
    with pytest.raises(NoInputError, match="no heart_rate"):
        write()
    assert not (tmp_path / "archive").exists()


# --- The process is killed -----------------------------------------------------------------------


def killed(project: Pipeline, number: int, *arguments: str) -> bool:
    """Run a command that is killed before a change of a file; false if it had fewer of them."""
    done = project._run(["tests.archive.dying", str(number), *arguments], {})
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def test_a_crash_at_every_change_of_a_file(project: Pipeline, folder: Path) -> None:
    """At each rename, removal and new folder: files are whole, and the next update completes."""
    night(project, "P013", "2026-02-13 05:00:00")
    gone = project.write(
        seconds("2026-02-14 05:00:00", range(60, 70)), name="participant_id=P013/gone.csv"
    )
    run(project)
    write()
    before = set(in_files(folder))
    night(project, "P001", "2026-02-13 06:00:00")
    night(project, "P002", "2026-02-15 06:00:00")
    gone.unlink()
    run(project, "--full-refresh", "--allow-shrink")
    after = set(in_table(project))
    base = folder.with_name("base")
    folder.rename(base)
    number = 0
    for number in range(1, 100):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        has_died = killed(project, number, "archive")
        # What a reader finds now: each row of before or after, and each row of both, once.
        rows = in_files(folder)
        assert len(set(rows)) == len(rows)
        assert before & after <= set(rows) <= before | after
        if not has_died:
            break
        write()
        is_the_table(project, folder)
        assert verify().ok
    assert number > 10


def test_a_crash_of_the_first_archive(project: Pipeline, folder: Path) -> None:
    for number in (1, 3, 8, 14):
        shutil.rmtree(folder, ignore_errors=True)
        project.query("delete from ingest.archive_folders")
        assert killed(project, number, "archive")
        with pytest.raises(NoInputError):
            verify()
        if (folder / "manifest.json").exists():
            assert "can't be changed" in refused(buckets=7)
        else:
            project.query("delete from ingest.archive_folders")
        kept = versions_of_files(folder)
        write()
        is_the_table(project, folder)
        # It continues where it was.
        assert kept.items() <= versions_of_files(folder).items()


def versions_of_files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_ino for path in files(folder)}


def test_a_crash_while_somebody_is_erased(project: Pipeline, folder: Path) -> None:
    night(project, "P016", "2026-01-31 04:00:00")
    run(project)
    write()
    shutil.rmtree(project.data / "participant_id=P016")
    assert killed(project, 3, "forget", "P016", "--yes")
    assert "P016" in {who for who, *_ in in_table(project)}
    done = project.loader("forget", "P016", "--yes")
    assert done.returncode == 0, done.stderr
    is_the_table(project, folder)


# --- Others read it ------------------------------------------------------------------------------


def snippet(folder: Path, language: str) -> str:
    text = (folder / "README.md").read_text()
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert len([line for line in found.splitlines() if line]) == 3
    return str(found)


def test_the_readme_reads_it(
    project: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(project, "P001", "2026-01-31 12:00:00")
    run(project)
    write(buckets=2)
    by_person: dict[str, list[float]] = defaultdict(list)
    for who, instant, bpm, _ in in_table(project):
        if instant.astimezone(UTC).date() == MIDNIGHT.date():
            by_person[who].append(bpm)
    means = {who: pytest.approx(sum(bpm) / len(bpm)) for who, bpm in by_person.items()}
    monkeypatch.chdir(folder)
    rows = duckdb.execute(snippet(folder, "sql")).fetchall()
    assert {who: count for who, count, _ in rows} == {
        who: len(bpm) for who, bpm in by_person.items()
    }
    assert {who: mean for who, _, mean in rows} == means
    program = [sys.executable, "-c", snippet(folder, "python")]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = ast.literal_eval(done.stdout)
    assert {row["participant_id"]: row["value_mean"] for row in found} == means
    assert "open_dataset" in snippet(folder, "r")


def test_takeout_has_every_confidence() -> None:
    """The fixtures have nulls, zeros and others."""
    assert {row["value"]["confidence"] for row in takeout("2026-01-01", 4)} == {0, 1, 2, 3}  # type: ignore[index]
