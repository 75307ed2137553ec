"""STORE=archive: after every event the archive is what the table of the same files is."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from loader.commands.archive.folder import (
    ArchiveFolder,
    only_writer_of,
    open_to_share,
    open_to_write,
)
from loader.console import Step
from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from tests.archive.conftest import takeout
from tests.archive.independent import by_ledger, days, files, has_ledgers, in_files, in_table
from tests.clock_history import rows_around, write
from tests.databases import TEMPLATE
from tests.pipeline import AtStep, Pipeline, readings, seconds

BUCKETS, SHARDS = 5, 3
"""Two shards have participants, the first one has none."""

DEVICES = "timestamp,beats per minute,data source"
WATCH, PHONE = "Google Pixel Watch 4 (41mm)", "Fitbit"

ANNA, NIGHT = (
    rows_around(
        "Berlin, autumn", step=timedelta(seconds=30), reach=timedelta(hours=2), participant=who
    )
    for who in ("anna", "ben")
)
BEN = [*NIGHT[:120], *NIGHT[120:240:2], *NIGHT[241:360:2], *NIGHT[360:]]
"""With no time in both passes of the repeated hour."""

LEDGER = (
    """select path, participant_id, day, device, readings, checksum, first_timestamp, last_timestamp
    from ingest.days order by 1, 2, 3, 4""",
    """select participant_id, latest_timestamp from ingest.participants order by 1""",
    """select participant_id, day, device, first_timestamp, last_timestamp
    from ingest.devices order by 1, 2, 3""",
    """select path, line, raw, reason from ingest.rejected_rows order by 1, 2""",
    """select path, format, size_bytes, bytes_read, lines_read, vanished, read_as
    from ingest.files order by 1""",
    """select participant_id, run_id, rows_new, rows_late
    from ingest.arrivals where rows_new + rows_late > 0 order by 1, 2""",
)

COUNTS = """
select rows_read, rows_new, rows_late, rows_corrected, rows_unchanged, rows_duplicate,
    rows_rejected, coalesce(rows_moved, 0), conflicts
from ingest.runs order by run_id
"""
MOVED = 7
"""Which of these columns counts the readings that moved."""


@dataclass
class Stores:
    """The same files in heart_rate, in an archive, and in one that several shards write."""

    table: Pipeline
    alone: Pipeline
    shards: list[Pipeline]

    @property
    def data(self) -> Path:
        return self.table.data

    def run(self, *arguments: str) -> list[str]:
        """The same run everywhere, the shards at the same time; returns what all of them said."""

        def ingest(project: Pipeline) -> str:
            done = project.loader("ingest", *arguments)
            assert done.returncode == 0, done.stderr
            return done.stdout + done.stderr

        with ThreadPoolExecutor(max_workers=SHARDS) as at_once:
            return [ingest(self.table), ingest(self.alone), *at_once.map(ingest, self.shards)]

    def are_equal(self) -> None:
        """The same readings, counts and ledger; and the files are what an archive's must be."""
        for folder in (folder_of(self.alone), folder_of(self.shards[0])):
            rows = in_files(folder, BUCKETS)
            assert rows == in_table(self.table)
            assert by_ledger(folder) == days(rows)
        has_ledgers(folder_of(self.alone), self.alone)
        has_ledgers(folder_of(self.shards[0]), *self.shards)
        for query in LEDGER:
            known = self.table.query(query)
            assert self.alone.query(query) == known
            if "ingest.files" not in query:
                assert sorted(row for shard in self.shards for row in shard.query(query)) == known
        counts = self.table.query(COUNTS)
        assert self.alone.query(COUNTS) == counts
        of_shards = zip(*(shard.query(COUNTS) for shard in self.shards), strict=True)
        assert [tuple(map(sum, zip(*of_run, strict=True))) for of_run in of_shards] == counts


def folder_of(project: Pipeline) -> Path:
    return Path(project.environment["ARCHIVE_DIR"])


@pytest.fixture(scope="module")
def stores(
    cluster: Cluster,
    module_pipeline: Pipeline,
    without_marts: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stores]:
    table = module_pipeline
    table.environment |= {**without_marts, "FITBIT_TIMEZONE": "Europe/Berlin"}
    root = tmp_path_factory.mktemp("stores")
    databases = ["stored", *(f"stored_shard_{n}_of_{SHARDS}" for n in range(1, SHARDS + 1))]
    for name in databases:
        cluster.create_database(name, TEMPLATE)

    def stored(name: str, **settings: str) -> Pipeline:
        (root / name).mkdir()
        project = Pipeline(root / name, cluster.loader_environment("stored"), root)
        project.environment |= {
            "DATA_DIR": str(table.data),
            "FITBIT_TIMEZONE": "Europe/Berlin",
            "STORE": "archive",
            "ARCHIVE_DIR": str(root / "disk [1]*" / name),
            **settings,
        }
        return project

    alone = stored("alone")
    shared = str(root / "disk [1]*" / "shared")
    shards = [
        stored(f"shard {n}", ARCHIVE_DIR=shared, LOADER_SHARD=f"{n}/{SHARDS}")
        for n in range(1, SHARDS + 1)
    ]
    for project in (alone, shards[0]):
        begun = project.loader("archive", "--buckets", str(BUCKETS))
        assert begun.returncode == 0, begun.stderr
    for project, name in zip(shards, databases[1:], strict=True):
        # Queries of the tests go to the shard's ledger, as its commands do.
        project.environment["PGDATABASE"] = name
    made = Stores(table, alone, shards)
    first_load(made)
    made.run()
    yield made
    for name in databases:
        cluster.drop_database(name)


def first_load(stores: Stores) -> None:
    """Every kind of participant: by folder, in rows, with confidences and with devices."""
    path = stores.data / "participant_id=P001" / "heart_rate.json"
    path.parent.mkdir()
    path.write_text(json.dumps(takeout("2026-01-30 23:59:00", 40)))
    stores.table.write(
        ["2026-01-31 00:00:00.000001,70.1", *seconds("2026-01-31 23:59:50", range(60, 80)), "x,1"],
        name="participant_id=P002/hr.csv",
    )
    stores.table.write(
        [f"2024-03-01T08:00:0{second}Z,60,{PHONE}" for second in range(3)],
        DEVICES,
        "participant_id=P003/a.csv",
    )
    write(stores.data, "late/b.csv", [*ANNA[240:], *BEN[180:]])


def a_late_file_and_a_correction(stores: Stores) -> None:
    stores.table.append(["2026-01-30 00:00:07,66"], "participant_id=P002/hr.csv")
    stores.table.append(["2026-02-03 00:00:07,66"], "participant_id=P002/hr.csv")
    path = stores.data / "participant_id=P001" / "heart_rate.json"
    rows = json.loads(path.read_text())
    rows[-1]["value"]["confidence"] = (rows[-1]["value"]["confidence"] + 1) % 4
    rows[3]["value"]["bpm"] = 199
    path.write_text(json.dumps(rows))


def another_device_wins(stores: Stores) -> None:
    stores.table.write(
        [f"2024-03-01T08:00:0{second}Z,61,{WATCH}" for second in range(8)],
        DEVICES,
        "participant_id=P003/b.csv",
    )


def the_first_pass_of_a_repeated_hour(stores: Stores) -> None:
    """Readings move: their doubtful times are decided in another way."""
    write(stores.data, "late/a.csv", [*ANNA[:240], *BEN[:180]])


def a_file_is_gone_and_another_overlaps(stores: Stores) -> None:
    (stores.data / "participant_id=P003" / "a.csv").unlink()
    stores.table.write(
        seconds("2026-01-31 23:59:55", range(100, 104)), name="participant_id=P002/z.csv"
    )


def a_folder_has_other_settings(stores: Stores) -> None:
    """The loaded readings of the files move, some to other days; one is corrected, too."""
    write(stores.data, "late/b.csv", [*ANNA[240:], *BEN[180:-1], replace(BEN[-1], value=199)])
    (stores.data / "participant_id=P003" / "format.yml").write_text(f"prefer: [{PHONE}]\n")
    (stores.data / "late" / "format.yml").write_text("zone: Asia/Kolkata\n")


def nothing(stores: Stores) -> None:
    """A run without anything new."""


NIGHTS: list[Callable[[Stores], None]] = [
    a_late_file_and_a_correction,
    another_device_wins,
    the_first_pass_of_a_repeated_hour,
    a_file_is_gone_and_another_overlaps,
    a_folder_has_other_settings,
    nothing,
]


def test_nights(stores: Stores) -> None:
    """One test, because each night continues the one before."""
    stores.are_equal()
    for night in NIGHTS:
        night(stores)
        _, *said = stores.run()
        stores.are_equal()
        assert all("none in the database" in text for text in said)
    counts = stores.table.query(COUNTS)
    assert counts[1 + NIGHTS.index(the_first_pass_of_a_repeated_hour)][MOVED]
    # Each count was more than 0 in a night.
    assert all(map(any, zip(*counts, strict=True))), counts


# --- What is wrong, and its repair ---------------------------------------------------------------


def said(project: Pipeline, *arguments: str, code: int, **environment: str) -> str:
    done = project.loader(*arguments, **environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_verify_reads_the_archive(stores: Stores) -> None:
    for project in (stores.alone, *stores.shards):
        assert "every one of them is in the archive" in said(project, "verify", code=0)
        said(project, "archive-verify", code=0)
    folder = folder_of(stores.alone)
    file = next(file for file in files(folder) if "day=2026-01-31" in str(file))
    table = pq.read_table(file, partitioning=None)
    pq.write_table(table.slice(1), file)
    assert "make reconcile repairs it" in said(stores.alone, "verify", code=1)
    said(stores.alone, "archive-verify", code=1)
    said(stores.alone, "ingest", "--reconcile", code=0)
    assert in_files(folder, BUCKETS) == in_table(stores.table)
    said(stores.alone, "archive-verify", code=0)


def test_an_older_archive_is_compared_in_full(stores: Stores, tmp_path: Path) -> None:
    folder = folder_of(stores.alone)
    shutil.copytree(folder, tmp_path / "backup")
    stores.table.append(["2026-02-04 00:00:07,66"], "participant_id=P002/hr.csv")
    stores.run()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    assert "is not as the last run left it" in said(stores.alone, "ingest", code=0)
    assert in_files(folder, BUCKETS) == in_table(stores.table)


def test_other_shards_find_the_readings_in_place(stores: Stores, cluster: Cluster) -> None:
    folder = folder_of(stores.shards[0])
    before = {path: path.stat().st_ino for path in files(folder)}
    cluster.create_database("stored_shard_2_of_2", TEMPLATE)
    text = said(stores.shards[0], "ingest", "--shard", "2/2", code=0)
    cluster.drop_database("stored_shard_2_of_2")
    assert "no run is recorded in this database" in text
    assert "the archive is as it was" in text
    assert {path: path.stat().st_ino for path in files(folder)} == before
    assert by_ledger(folder) == days(in_files(folder, BUCKETS))


def test_a_bucket_has_one_writer(stores: Stores) -> None:
    one, _, other = stores.shards
    folder = folder_of(one)
    with open_to_share(folder, "1"), only_writer_of(ArchiveFolder(folder), [0]):
        assert "another process is writing" in said(one, "ingest", code=ExitCode.LOCKED)
        said(other, "ingest", code=0)
    with open_to_write(folder):
        said(other, "ingest", code=ExitCode.LOCKED)


def test_what_is_refused(stores: Stores, tmp_path: Path) -> None:
    alone = stores.alone
    for command in (["ingest", "--full-refresh"], ["load"], ["export"]):
        assert "the readings are in" in said(alone, *command, code=ExitCode.REFUSED)
    assert "not in heart_rate" in said(alone, "ingest", code=ExitCode.REFUSED, STORE="")
    assert "not in heart_rate" in said(alone, "verify", code=ExitCode.REFUSED, STORE="")
    new = str(tmp_path / "new")
    text = said(stores.table, "ingest", code=ExitCode.REFUSED, STORE="archive", ARCHIVE_DIR=new)
    assert "has readings in heart_rate" in text
    assert "is missing" in said(alone, "ingest", code=ExitCode.CANT_WRITE, ARCHIVE_DIR=new)
    other = str(folder_of(stores.shards[0]))
    text = said(alone, "ingest", code=ExitCode.REFUSED, ARCHIVE_DIR=other)
    assert "isn't the one whose ledger" in text
    assert "isn't a copy" in said(stores.table, "archive", code=ExitCode.REFUSED, ARCHIVE_DIR=other)
    assert "can't be changed" in said(alone, "archive", "--buckets", "6", code=ExitCode.REFUSED)
    shard = ("ingest", "--shard", "1/9")
    assert "too many" in said(stores.shards[0], *shard, code=ExitCode.USAGE)
    assert "may not create" in said(alone, *shard, code=ExitCode.DATABASE, ARCHIVE_DIR=new)


def test_forget_erases_in_the_archive(stores: Stores) -> None:
    for project in (stores.alone, *stores.shards):
        folder = folder_of(project)
        before = {row for row in in_files(folder, BUCKETS) if row[0] != "P003"}
        kept = stores.data.rename(stores.data.with_name("kept"))
        shutil.copytree(kept, stores.data)
        shutil.rmtree(stores.data / "participant_id=P003")
        is_theirs = project.query("select 1 from ingest.days where participant_id = 'P003'")
        code = ExitCode.OK if is_theirs else ExitCode.NO_INPUT
        text = said(project, "forget", "P003", "--yes", code=code)
        shutil.rmtree(stores.data)
        kept.rename(stores.data)
        if code:
            continue
        assert "participant P003 is erased: " in text
        assert set(in_files(folder, BUCKETS)) == before
        assert by_ledger(folder) == days(in_files(folder, BUCKETS))
        has_ledgers(folder, *([project] if project is stores.alone else stores.shards))
        said(project, "archive-verify", code=0)
        shown = said(project, "status", code=0)
        assert "where the readings are (STORE=archive)" in shown


# --- The process is killed -----------------------------------------------------------------------


def test_a_crash_at_every_change_of_a_file(pipeline: Pipeline, tmp_path: Path) -> None:
    """Killed at each rename, removal and new folder: files are whole, and the next run completes.

    Each run has a new day, a late reading and a correction, in files of three days.
    """
    folder = tmp_path / "archive"
    pipeline.environment |= {"STORE": "archive", "ARCHIVE_DIR": str(folder)}
    rows: dict[str, dict[str, str]] = {"P001": {}}
    assert pipeline.loader("archive", "--buckets", "3").returncode == 0

    def expected() -> set[tuple[str, datetime, float]]:
        return {
            reading
            for who, lines in rows.items()
            for reading in readings([f"{at},{value}" for at, value in lines.items()], who)
        }

    def held() -> set[tuple[str, datetime, float]]:
        found = in_files(folder, 3)
        assert len({row[:2] for row in found}) == len(found)
        return {(who, at, value) for who, at, value, _ in found}

    number = 0
    for number in range(1, 100):
        before = expected()
        for who, lines in rows.items():
            lines |= {
                f"2026-03-{number:02} 12:00:00": "60",
                f"2026-02-{number:02} 12:00:{number:02}": "61",
                "2026-02-01 11:00:00": str(100 + number),
            }
            written = [f"{at},{value}" for at, value in lines.items()]
            pipeline.write(written, name=f"participant_id={who}/hr.csv")
        done = pipeline._run(["tests.archive.dying", str(number), "ingest"], {})
        assert done.returncode in (0, -9), done.stderr
        kept = {row[:2] for row in before if row[1].hour == 12}
        assert kept <= {row[:2] for row in held()} <= {row[:2] for row in expected()}
        if done.returncode == 0:
            break
        done = pipeline.loader("ingest")
        assert done.returncode == 0, done.stderr
        assert held() == expected()
        assert by_ledger(folder) == days(in_files(folder, 3))
        has_ledgers(folder, pipeline)
        ledger = "select participant_id, day, readings, checksum from ingest.days"
        assert set(pipeline.query(ledger)) == {
            (*day, *counted[:2]) for day, counted in by_ledger(folder).items()
        }
        assert pipeline.query("select count(*) from ingest.runs where outcome = 'running'") == [
            (0,)
        ]
    assert number > 8
    assert held() == expected()


def test_a_crash_before_the_commit(pipeline: Pipeline, tmp_path: Path) -> None:
    """The archive has the readings, and the ledger doesn't know it."""
    folder = tmp_path / "archive"
    settings = {"STORE": "archive", "ARCHIVE_DIR": str(folder)}
    pipeline.environment |= settings
    pipeline.write(seconds("2026-03-01 12:00:00", range(60, 80)))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        with pytest.raises(KeyboardInterrupt):
            pipeline.ingest(reporter=AtStep(pipeline, Step.COMMIT))
    assert len(in_files(folder)) == 20
    pipeline.append(["2026-03-01 13:00:00,66"])
    text = said(pipeline, "ingest", code=0)
    assert "between its merge and its commit" in text
    assert "has 1 new" in text
    assert len(in_files(folder)) == 21
    assert "the archive is as it was" in said(pipeline, "ingest", code=0)
