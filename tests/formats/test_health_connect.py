"""Android's exports of Health Connect, and files that only look like one, in the whole loader."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from tests.databases import SHARED_DATABASE
from tests.formats import fixtures, health_connect, packed, shapes
from tests.formats.conftest import run_over
from tests.formats.health_connect import FIRST, NAME, Sample, content, instant
from tests.formats.loaded import (
    Loaded,
    assert_table_holds,
    first_run,
    last_run,
    numbers_about,
    people,
    said,
)
from tests.formats.readings import Expected, Reading, expect, series
from tests.pipeline import Pipeline

SERIES = "heart_rate_record_series_table"
ZIP = "Health Connect.zip"

MINIMAL = """
create table application_info_table(row_id integer primary key, package_name text, app_name text);
create table heart_rate_record_table(row_id integer primary key, app_info_id integer,
  local_date integer, start_time integer, end_time integer, start_zone_offset integer);
create table heart_rate_record_series_table(parent_key integer, beats_per_minute integer,
  epoch_millis integer);
create table resting_heart_rate_record_table(row_id integer primary key, app_info_id integer,
  local_date integer, time integer, beats_per_minute integer);
insert into application_info_table values (1, 'com.fitbit.FitbitMobile', 'Fitbit');
insert into heart_rate_record_table values (1, 1, 20700, 1788480000000, 1788480010000, 3600);
insert into heart_rate_record_series_table
values (1, 61, 1788480000000), (1, 62, 1788480005000), (1, 63, 1788480010000);
insert into resting_heart_rate_record_table values (1, 1, 20700, 1788480000000, 52);
"""


def put(folder: Path, who: str, name: str, file: bytes) -> None:
    fixtures.write_bytes(folder / f"participant_id={who}" / name, file)


def rows_of(who: str, day: int, count: int = 20) -> list[Reading]:
    return series(who, f"2026-09-{day:02d} 08:00:00.125", count, step=5)


# --- What is read --------------------------------------------------------------------------------


def fewest_columns(folder: Path) -> Expected:
    """The database of a phone with one app and three samples; the resting rate is no reading."""
    path = folder / "participant_id=minimal" / NAME
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(MINIMAL)
    return expect([Reading("minimal", instant(FIRST + n * 5_000), 61.0 + n) for n in range(3)])


def packed_in_every_way(folder: Path) -> Expected:
    """Android's zip in German, with a second download, compressed, in a tar, and renamed."""
    day = [health_connect.export(rows_of("packed", number)) for number in range(1, 6)]
    put(folder, "packed", "Health Connect (1).zip", packed.zipped([(NAME, day[0])]))
    put(folder, "packed", "Health Connect-Daten.zip", packed.zipped([(NAME, day[1])]))
    put(folder, "packed", f"{NAME}.gz", gzip.compress(day[2]))
    tar = packed.tarred([("phone/backup.db", day[3]), ("notes.db", unrelated())], "tar.gz")
    put(folder, "packed", "phone.tgz", tar)
    put(folder, "packed", "of my phone.sqlite", day[4])
    return expect([row for number in range(1, 6) for row in rows_of("packed", number)])


def no_samples(folder: Path) -> Expected:
    put(folder, "empty", ZIP, packed.zipped([(NAME, content([]))]))
    return expect([])


def odd_fields(folder: Path) -> Expected:
    """Twenty samples, and five that are none."""
    good = rows_of("odd", 1)
    samples = [Sample(health_connect.millis(row.timestamp), int(row.value)) for row in good]
    samples += [Sample(FIRST, value) for value in ("fast", None, 61.5, 301)]
    samples.append(Sample(None, 61))
    put(folder, "odd", NAME, content(samples))
    return expect(good, rejected=5)


def beside_the_devices_own_export(folder: Path) -> Expected:
    """Takeout wins, wherever the files lie; hr.csv loses."""
    whole = [
        row._replace(timestamp=row.timestamp.replace(microsecond=0)) for row in rows_of("b", 1)
    ]
    app = [row._replace(value=row.value + 40) for row in whole]
    own = [row._replace(value=row.value + 80) for row in whole[:5]]
    put(folder, "b", f"z/{NAME}", health_connect.export(app[:10]))
    put(folder, "b", "a.csv", shapes.takeout_csv(own).encode())
    put(folder, "b", "zz.csv", shapes.hr_csv(whole).encode())
    return Expected(sorted([*own, *app[5:10], *whole[10:]]), rows=35)


GOOD = (
    fewest_columns,
    packed_in_every_way,
    no_samples,
    odd_fields,
    beside_the_devices_own_export,
    fixtures.health_connect_of_two_apps,
)

# --- What isn't ----------------------------------------------------------------------------------


def unrelated(script: str = "create table notes (text); insert into notes values ('x')") -> bytes:
    """Another program's database."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(script)
        return database.serialize()


def other_databases(folder: Path) -> Expected:
    """A day of an app's own data, a browser's, and a log that was left next to a database."""
    put(folder, "others", "places.sqlite", unrelated())
    put(folder, "others", "garmin.db", unrelated("create table heart_rate (time, bpm)"))
    put(folder, "others", f"{NAME}-wal", b"\x37\x7f\x06\x82" + bytes(4_096))
    put(folder, "others", ZIP, packed.zipped([("readme.txt", b"no database")]))
    return expect([])


VIEW = f"alter table {SERIES} rename to x; create view {SERIES} as select * from x"


def faulty(folder: Path) -> Expected:
    whole = health_connect.export(rows_of("faulty", 1, 2_000))
    files = {
        "cut": whole[:16_384],
        "cut within a page": whole[:-1],
        "damaged": whole[:-12_288] + bytes(12_288),
        "a view": content([Sample(FIRST, 61)], VIEW),
        "another program's": unrelated(),
    }
    for name, file in files.items():
        put(folder, "faulty", f"{name}/{NAME}", file)
    put(folder, "faulty", f"zip/{ZIP}", packed.zipped([(NAME, files["damaged"])]))
    return expect([])


FAULTS = {
    f"cut/{NAME}": "disk image is malformed",
    f"cut within a page/{NAME}": "ends within a page",
    f"damaged/{NAME}": "disk image is malformed",
    f"a view/{NAME}": f"has no table {SERIES}",
    f"another program's/{NAME}": "has no table",
    f"zip/{ZIP}/{NAME}": "disk image is malformed",
}


@pytest.fixture(scope="module")
def loaded(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    writers: dict[str, Callable[[Path], Expected]] = {
        write.__name__: write for write in (*GOOD, other_databases, faulty)
    }
    root = tmp_path_factory.mktemp("health_connect")
    with run_over(cluster, SHARED_DATABASE, root, dbt_target, "Asia/Tokyo", writers) as opened:
        yield opened


@pytest.mark.parametrize("name", [write.__name__ for write in GOOD])
def test_the_table_holds_the_samples(loaded: Loaded, name: str) -> None:
    assert_table_holds(loaded.pipeline, loaded.expected[name])


def test_nobody_else_is_in_the_table(loaded: Loaded) -> None:
    assert people(loaded.pipeline) == {
        who for wanted in loaded.expected.values() for who in wanted.participants
    }


def test_every_row_is_accounted_for(loaded: Loaded) -> None:
    wanted = loaded.expected.values()
    columns = ("rows_read", "rows_duplicate", "rows_rejected", "conflicts")
    assert first_run(loaded.pipeline, *columns) == (
        *(sum(each.rows for each in wanted), sum(each.duplicates for each in wanted)),
        *(5, 10 + 60),
    )


def test_rejected_samples_are_kept_with_their_reasons(loaded: Loaded) -> None:
    rows = loaded.pipeline.query("select path, line, reason from ingest.rejected_rows order by 2")
    assert {path for path, *_ in rows} == {f"participant_id=odd/{NAME}"}
    assert [(line, reason.split(" (")[0]) for _, line, reason in rows] == [
        (1, "no timestamp"),
        *((22, "value is not a number"), (23, "no value"), (24, "value is not a whole number")),
        (25, "value is not a heart rate"),
    ]


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_database_is_named_and_gives_nothing(loaded: Loaded, name: str) -> None:
    assert loaded.done.returncode == ExitCode.BAD_INPUT, said(loaded.done)
    (line,) = [line for line in loaded.done.stderr.splitlines() if f"faulty/{name}" in line]
    assert FAULTS[name] in line
    assert loaded.done.stderr.count("error: ") == len(FAULTS)


def test_other_databases_are_passed_over(loaded: Loaded) -> None:
    rows = loaded.pipeline.query("select path, seen from ingest.passed_over order by 1")
    assert rows == [
        (
            f"participant_id=others/{ZIP}",
            "is an archive of 1 file without heart rates in a known format",
        ),
        ("participant_id=others/garmin.db", "is an SQLite database"),
        (f"participant_id=others/{NAME}-wal", "begins with the bytes 37 7f 06 82 00 00 00 00"),
        ("participant_id=others/places.sqlite", "is an SQLite database"),
        ("participant_id=packed/phone.tgz/notes.db", "is an SQLite database"),
    ]


def test_nothing_is_left_in_the_scratch_folder_or_beside_the_files(loaded: Loaded) -> None:
    assert os.listdir(loaded.pipeline.scratch) == []
    beside = {path.name for path in loaded.pipeline.data.rglob(f"{NAME}*")}
    assert beside == {NAME, f"{NAME}.gz", f"{NAME}-wal"}


def test_a_night_later_only_the_faulty_ones_are_read_again(loaded: Loaded) -> None:
    again = loaded.pipeline.loader("ingest")
    assert again.returncode == ExitCode.BAD_INPUT
    assert again.stderr.count("error: ") == len(FAULTS)
    assert last_run(loaded.pipeline, "files_read", "rows_read") == (0, 0)


# --- The commands --------------------------------------------------------------------------------


@pytest.mark.without_marts
def test_the_next_export_brings_what_is_new_and_verify_agrees(pipeline: Pipeline) -> None:
    rows = rows_of("me", 1, 300)
    export = pipeline.data / ZIP
    fixtures.write_bytes(export, packed.zipped([(NAME, health_connect.export(rows[:200]))]))
    pipeline.ingest()
    rows[7] = rows[7]._replace(value=199.0)
    fixtures.write_bytes(export, packed.zipped([(NAME, health_connect.export(rows))]))

    pipeline.ingest()

    counts = ("rows_read", "rows_new", "rows_corrected", "rows_unchanged")
    assert last_run(pipeline, *counts) == (300, 100, 1, 199)
    assert_table_holds(pipeline, expect(rows))
    verified = pipeline.loader("verify")
    assert verified.returncode == ExitCode.OK, said(verified)
    assert 300 in numbers_about(said(verified), "readings")
    pipeline.query("delete from heart_rate where value = 199")
    assert pipeline.loader("verify").returncode == ExitCode.CHECK_FAILED


@pytest.mark.without_marts
def test_another_database_under_a_loaded_name_is_a_fault(pipeline: Pipeline) -> None:
    rows = rows_of("me", 1)
    fixtures.write_bytes(pipeline.data / "phone.db", health_connect.export(rows))
    pipeline.ingest()
    fixtures.write_bytes(pipeline.data / "phone.db", unrelated())

    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT
    assert "phone.db is not understood" in done.stderr
    assert "it is an SQLite database" in done.stderr
    assert_table_holds(pipeline, expect(rows))


def test_inspect_shows_what_an_export_has(tmp_path: Path, dbt_target: Path) -> None:
    project = Pipeline(tmp_path, {"PGHOST": "127.0.0.1", "PGPORT": "1"}, dbt_target)
    odd_fields(project.data)
    other_databases(project.data)

    done = project.loader("inspect", str(project.data / "participant_id=odd" / NAME))

    assert done.returncode == ExitCode.OK, said(done)
    assert "health connect: " in done.stdout
    assert "2026-09-01 08:00:00" in done.stdout
    assert "every 5 s (100%)" in done.stdout
    assert 25 in numbers_about(done.stdout, "rows")
    assert 5 in numbers_about(done.stdout, "rejected")
    other = project.loader("inspect", str(project.data / "participant_id=others" / "garmin.db"))
    assert other.returncode == ExitCode.BAD_INPUT
    assert "it is an SQLite database" in other.stderr
