"""A folder of archives and of things that are no files: what is good loads, the rest is named."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from loader.configuration.settings import PROJECT
from loader.errors import ExitCode
from scripts.embedded.cluster import Cluster
from tests.databases import SHARED_DATABASE, TEMPLATE
from tests.formats import fixtures, packed, shapes
from tests.formats.loaded import assert_table_holds, people, said
from tests.formats.packed import link, tarred, zipped
from tests.formats.readings import (
    TAKEOUT_CSV,
    TAKEOUT_JSON,
    Expected,
    Reading,
    expect,
    in_file,
    last_wins,
    series,
)
from tests.pipeline import Pipeline

EXPORT = "takeout-20260401T000000Z-1-00"
JSON_DAY = "Takeout/Fitbit/Global Export Data/heart_rate-2026-03-01.json"
CSV_DAY = "Takeout/Google Health/Physical Activity_GoogleData/heart_rate_2026-03-01.csv"


def rows_of(who: str, day: int, count: int = 20) -> list[Reading]:
    return series(who, f"2024-02-{day:02d} 08:00:00", count)


def csv_of(who: str, day: int, count: int = 20) -> bytes:
    return shapes.takeout_csv(rows_of(who, day, count)).encode()


# --- What is good --------------------------------------------------------------------------------


def two_members_of_one_name(data: Path) -> Expected:
    members = [("x.csv", csv_of("twice", 1, 30)), ("x.csv", csv_of("twice", 2))]
    fixtures.write_bytes(data / "participant_id=twice/a.zip", zipped(members))
    return expect([*rows_of("twice", 1, 30), *rows_of("twice", 2)])


def names_that_lead_elsewhere(data: Path) -> Expected:
    names = ["./Takeout/day.csv", "../day.csv", "/day.csv", "C:\\day.csv"]
    members = [(name, csv_of("names", day)) for day, name in enumerate(names, start=1)]
    fixtures.write_bytes(data / "participant_id=names/a.zip", zipped(members))
    return expect([row for day in (1, 2, 3, 4) for row in rows_of("names", day)])


def tars(data: Path) -> Expected:
    """One of each kind, in the third a zip, in that one a tar."""
    inner = zipped([("b.tar", tarred([("day.csv", csv_of("tars", 5))])), ("readme.pdf", b"%PDF-1")])
    for day, (kind, extra) in enumerate(
        {"tar": b"", "tar.gz": b"", "tar.bz2": inner, "tar.xz": b""}.items(), start=1
    ):
        members = [("Takeout/day.csv", csv_of("tars", day)), *([("a.zip", extra)] if extra else [])]
        # By its content and not by its name.
        fixtures.write_bytes(data / f"participant_id=tars/{day}", tarred(members, kind))
    return expect([row for day in (1, 2, 3, 4, 5) for row in rows_of("tars", day)])


def a_participants_folder_in_an_archive(data: Path) -> Expected:
    name = f"participant_id=inside/{'x' * 3000}/day.csv"
    fixtures.write_bytes(data / "study.ZIP", zipped([(name, csv_of("inside", 1))]))
    return expect(rows_of("inside", 1))


def a_path_longer_than_a_key(data: Path) -> Expected:
    folder = data / "participant_id=long"
    for part in range(12):
        folder /= f"{part}".ljust(240, "y")
    # A path may have 4,096 bytes, the folders above DATA_DIR included.
    fixtures.write_bytes(folder / "day.csv", csv_of("long", 1))
    return expect(rows_of("long", 1))


def a_takeout_in_parts(data: Path) -> Expected:
    """Of one person by their names, although they disagree about an instant."""
    (first,) = series("me", "2026-03-01 10:00:00", 1, lowest=70, confidence=3)
    second = first._replace(timestamp=first.timestamp + timedelta(seconds=5), value=71.0)
    other = second._replace(value=72.0, confidence=None)
    third = other._replace(timestamp=first.timestamp + timedelta(seconds=10), value=73.0)
    from_json = shapes.takeout_json([first, second]).encode()
    from_csv = shapes.takeout_csv([other, third]).encode()
    fixtures.write_bytes(data / f"{EXPORT}1.zip", zipped([(JSON_DAY, from_json)]))
    fixtures.write_bytes(data / f"{EXPORT}2.tgz", tarred([(CSV_DAY, from_csv)], "tar.gz"))
    return last_wins(
        [
            *in_file(TAKEOUT_JSON, JSON_DAY, [first, second]),
            *in_file(TAKEOUT_CSV, CSV_DAY, [other, third]),
        ]
    )


def a_linked_folder(data: Path) -> Expected:
    """Below two names, the second a link; and one that lies elsewhere."""
    fixtures.write_bytes(data / "participant_id=linked/day.csv", csv_of("linked", 1))
    elsewhere = data.parent / "elsewhere"
    fixtures.write_bytes(elsewhere / "day.csv", csv_of("linked", 2))
    (data / "participant_id=linked/elsewhere").symlink_to(elsewhere)
    (data / "again").symlink_to(data / "participant_id=linked")
    return expect([*rows_of("linked", 1), *rows_of("linked", 2)])


GOOD = [
    two_members_of_one_name,
    names_that_lead_elsewhere,
    tars,
    a_participants_folder_in_an_archive,
    a_path_longer_than_a_key,
    a_takeout_in_parts,
    a_linked_folder,
]

# --- What is not ---------------------------------------------------------------------------------

BESIDE = ("beside.csv", csv_of("beside", 1))


def write_bad(data: Path) -> dict[str, str]:
    """Faults: the name that the run must say, and a word about it."""
    choice = random.Random(1)
    noise = "".join(f"2024-02-01T09:00:00Z,{choice.random()}\n" for _ in range(20_000)).encode()
    large = b"timestamp,beats per minute\n" + noise
    deep = zipped([("day.csv", csv_of("bad", 1))])
    for name in ("4.zip", "3.zip", "2.zip"):
        deep = zipped([(name, deep)])
    lzma = zipped([("day.csv", large)], zipfile.ZIP_LZMA)
    archives = {
        "lzma.zip": packed.damaged(lzma),
        "bzip2.zip": packed.damaged(zipped([("day.csv", large)], zipfile.ZIP_BZIP2)),
        "stored.zip": packed.damaged(zipped([("day.csv", large)], zipfile.ZIP_STORED)),
        "liar.zip": packed.declared(large, 100),
        "method.zip": packed.of_method(large, 9),
        "locked.zip": packed.encrypted([("day.csv", large), BESIDE], ["day.csv"]),
        "cut.tgz": tarred([("day.csv", large)], "tar.gz")[:-2_000],
        "deep.zip": deep,
    }
    for name, content in archives.items():
        fixtures.write_bytes(data / f"participant_id=beside/{name}", content)
    latin = packed.name_that_is_not_utf8(csv_of("beside", 2), csv_of("beside", 3))
    fixtures.write_bytes(data / "participant_id=beside/latin.zip", latin)
    odd = data / "odd"
    odd.mkdir()
    (odd / "dangling.csv").symlink_to("nowhere.csv")
    (odd / "circle.csv").symlink_to("circle.csv")
    (odd / "loop").symlink_to(".")
    closed = odd / "closed"
    closed.mkdir()
    closed.chmod(0)
    return {
        **{f"{name}/day.csv is damaged": "CRC" for name in ("bzip2.zip", "stored.zip", "liar.zip")},
        "lzma.zip/day.csv is damaged": "",
        "bzip2.zip/day.csv is damaged": "",
        "method.zip/day.csv": "deflate64",
        "locked.zip/day.csv": "encrypted",
        "cut.tgz is damaged": "",
        "deep.zip/2.zip/3.zip/4.zip": "is nested in 3 other archives",
        "odd/dangling.csv": "a link to nowhere.csv",
        "odd/circle.csv": "Too many levels of symbolic links",
        "odd/loop": "is a link to a folder that contains it",
        "odd/closed": "can't be read: Permission denied",
    }


def write_special(data: Path) -> dict[str, str]:
    """What is passed over: its name, and what it is."""
    os.mkfifo(data / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket may have 108 bytes.
        here = os.open(data, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{here}/socket.csv")
        os.close(here)
    (data / "device.csv").symlink_to("/dev/zero")
    links = [link("soft.csv", "day.csv"), link("pipe", "", tarfile.FIFOTYPE)]
    content = tarred([("day.csv", csv_of("links", 1)), *links, (".hidden", b"")], "tar.gz")
    fixtures.write_bytes(data / "participant_id=links/a.tgz", content)
    return {
        "pipe.csv": "is a named pipe",
        "socket.csv": "is a socket",
        "device.csv": "is a device",
        "again": "is a link to a folder that is already read",
        "participant_id=links/a.tgz/soft.csv": "is a symbolic link",
        "participant_id=links/a.tgz/pipe": "is a named pipe",
        "participant_id=links/a.tgz/.hidden": "is a hidden file",
        "participant_id=tars/3/a.zip/readme.pdf": "is a PDF document",
    }


# --- One folder of all ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Odd:
    """A project after runs over the folder.

    The second finds nothing new; before the third one more folder is closed.
    """

    pipeline: Pipeline
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    third: subprocess.CompletedProcess[str]
    good: dict[str, Expected]
    faults: dict[str, str]
    special: dict[str, str]


def ingest_without_root_rights(pipeline: Pipeline) -> subprocess.CompletedProcess[str]:
    """A run to which the rights of files apply, also where root runs the tests."""
    command = [sys.executable, "-m", "loader", "ingest"]
    if os.geteuid() == 0:
        assert shutil.which("setpriv")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **pipeline.environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def odd(
    cluster: Cluster, dbt_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Odd]:
    name = SHARED_DATABASE
    cluster.create_database(name, TEMPLATE)
    root = tmp_path_factory.mktemp("archives")
    pipeline = Pipeline(root, cluster.loader_environment(name), dbt_target)
    good = {write.__name__: write(pipeline.data) for write in GOOD}
    faults, special = write_bad(pipeline.data), write_special(pipeline.data)
    first, second = (ingest_without_root_rights(pipeline) for _ in range(2))
    (pipeline.data / "participant_id=names").chmod(0)
    third = ingest_without_root_rights(pipeline)
    yield Odd(pipeline, first, second, third, good, faults, special)
    for folder in ("odd/closed", "participant_id=names"):
        (pipeline.data / folder).chmod(0o700)
    cluster.drop_database(name)


@pytest.mark.parametrize("name", [write.__name__ for write in GOOD])
def test_what_is_good_loads(odd: Odd, name: str) -> None:
    assert odd.first.returncode == ExitCode.BAD_INPUT, said(odd.first)
    assert_table_holds(odd.pipeline, odd.good[name])


def test_members_beside_bad_ones_load_and_nobody_else_is_in_the_table(odd: Odd) -> None:
    rows = [row for day in (1, 2, 3) for row in rows_of("beside", day)]
    assert_table_holds(odd.pipeline, expect(rows))
    expected = {who for each in odd.good.values() for who in each.participants}
    assert people(odd.pipeline) == {*expected, "beside", "links"}


def test_each_fault_is_one_line_that_names_the_file_and_says_why(odd: Odd) -> None:
    for done in (odd.first, odd.second):
        assert "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if "error: " in line]
        assert len(lines) == len(odd.faults), "\n".join(lines)
        for name, word in odd.faults.items():
            assert any(name in line and word in line for line in lines), (name, lines)
        assert f"refused    {len(odd.faults)} files" in done.stdout


def test_what_is_no_file_is_counted_with_what_it_is(odd: Odd) -> None:
    found = dict(odd.pipeline.query("select path, seen from ingest.passed_over"))
    assert found == odd.special
    for done in (odd.first, odd.second):
        assert f"{len(odd.special)} files passed over" in done.stdout
    assert "again: is a link to a folder that is already read" in odd.first.stdout
    assert "again:" not in odd.second.stdout


def test_one_conflict_is_counted(odd: Odd) -> None:
    ((conflicts,),) = odd.pipeline.query("select conflicts from ingest.runs where run_id = 1")
    assert conflicts == 1


def test_the_second_night_reads_nothing_and_misses_nothing(odd: Odd) -> None:
    (run,) = odd.pipeline.query("select files_read, rows_read from ingest.runs where run_id = 2")
    assert run == (0, 0)
    assert "gone " not in odd.second.stdout
    assert odd.pipeline.query("select path from ingest.files where vanished") == []


def test_what_is_in_a_folder_that_is_closed_later_is_not_missing(odd: Odd) -> None:
    assert odd.third.returncode == ExitCode.BAD_INPUT
    assert "participant_id=names can't be read: Permission denied" in odd.third.stderr
    assert "gone " not in odd.third.stdout
    assert odd.pipeline.query("select path from ingest.files where vanished") == []


def test_archives_without_a_fault_are_known_and_not_opened_again(odd: Odd) -> None:
    known = {path for (path,) in odd.pipeline.query("select path from ingest.archives")}
    assert {"participant_id=tars/2", "participant_id=tars/3", "participant_id=tars/3/a.zip"} < known
    assert not {path for path in known if "beside/locked" in path or "cut.tgz" in path}
    ((longest,),) = odd.pipeline.query("select max(length(path)) from ingest.files")
    assert longest <= 900
