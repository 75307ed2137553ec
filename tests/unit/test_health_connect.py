"""A Health Connect database gives all its samples, or is refused; what is none is passed over."""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from loader.compare.deduplicate import conflicts, deduplicate, file_days, readings_of_day
from loader.errors import BadFileError, LoaderError
from loader.find.data_files import describe
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.find.recognition import recognise_content
from loader.read.parse import rejected_rows
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from loader.readers import health_connect as reader
from tests.formats import health_connect
from tests.formats.health_connect import FIRST, NAME, Sample, instant, write
from tests.formats.readings import Line, Reading, last_wins
from tests.unit import strict

SERIES = "heart_rate_record_series_table"
PAGE = 512
"""Bytes of the smallest page, so that a small database has many."""

Found = list[tuple[datetime, float]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with Scratch(tmp_path_factory.mktemp("scratch"), "64MB") as opened:
        yield opened


def load(scratch: Scratch, path: Path) -> Found | LoaderError | None:
    """The readings of a file, the fault, or None if it is passed over."""
    scratch.clear()
    file = describe(path, Path(path.name))
    with Opener() as opener:
        try:
            with opener.open(file) as opened:
                layout = recognise_content(file, opened)
        except LoaderError as fault:
            return fault
        if layout is None:
            return None
        part = Part.of_whole_file(file, layout, Owner("me", True, ""), None, file.size)
        read = read_parts(scratch, opener, [part], Zones({}, None), lambda done: None)
    assert {left.name for left in scratch.folder.iterdir()} <= {
        *("scratch.duckdb", "scratch.duckdb.wal", "spill", "0.rewritten")
    }
    if read.faults:
        return read.faults[0][1]
    deduplicate(scratch)
    days = sorted({day.day for day in file_days(scratch)})
    return [(at, bpm) for day in days for at, bpm, _ in readings_of_day(scratch, "me", day)]


def rewritten(path: Path) -> Found | BadFileError:
    """What the reader makes of a file by itself, which is faster; all rows must be readings."""
    target = io.StringIO()
    try:
        with path.open("rb") as source:
            reader._rewrite(source, target, "export.db")
    except BadFileError as fault:
        return fault
    rows = [json.loads(line) for line in target.getvalue().splitlines()]
    return [(instant(row["millis"]), float(row["value"])) for row in rows]


def refusal(scratch: Scratch, path: Path) -> str:
    """Why a file is refused."""
    found = load(scratch, path)
    assert isinstance(found, BadFileError), found
    return found.what


def plain(count: int, step: int = 5_000) -> list[Sample]:
    """Samples of one app, with milliseconds."""
    return [Sample(FIRST + n * step + n % 1_000, 50 + n % 100) for n in range(count)]


def meant(samples: list[Sample]) -> Found:
    """The readings of samples with whole numbers at distinct instants."""
    return sorted((instant(int(str(s.millis))), float(str(s.value))) for s in samples)


# --- What is read --------------------------------------------------------------------------------


def test_every_sample_is_a_reading_with_its_milliseconds(scratch: Scratch, tmp_path: Path) -> None:
    samples = plain(3_000)
    random.Random(1).shuffle(samples)
    path = write(tmp_path / NAME, samples)
    found = load(scratch, path)
    assert found == meant(samples)
    assert found == [sample[:2] for sample in health_connect.samples_of(path.read_bytes())]
    assert rejected_rows(scratch) == []


def test_samples_of_many_apps_are_those_of_a_plain_reading(
    scratch: Scratch, tmp_path: Path
) -> None:
    rng = random.Random(2)
    samples = [
        Sample(FIRST + 250 * rng.randrange(4_000), rng.randint(1, 300), rng.choice([1, 2, 10]))
        for _ in range(6_000)
    ]
    path = write(tmp_path / NAME, samples)
    lines = [
        Line(0, "", number, Reading("me", time, value), app)
        for number, (time, value, app) in enumerate(health_connect.samples_of(path.read_bytes()))
    ]
    expected = [(time, value) for _, time, value, _ in last_wins(lines).readings]
    assert load(scratch, path) == expected


@pytest.mark.parametrize("first", [1, 2], ids=["lower app first", "higher app first"])
@pytest.mark.parametrize("more", [1, 2], ids=["lower app has more", "higher app has more"])
def test_the_app_with_more_samples_wins(
    scratch: Scratch, tmp_path: Path, first: int, more: int
) -> None:
    one = [Sample(FIRST, 61, 1), Sample(FIRST + 500, 62, 1)]
    two = [Sample(FIRST, 71, 2), Sample(FIRST + 500, 62, 2)]
    samples = [*one, *two] if first == 1 else [*two, *one]
    found = load(scratch, write(tmp_path / NAME, [*samples, Sample(FIRST + 1000, 63, more)]))
    expected = 61.0 if more == 1 else 71.0
    assert isinstance(found, list)
    assert found[:2] == [(instant(FIRST), expected), (instant(FIRST + 500), 62.0)]
    assert conflicts(scratch) == 1


NAMES = {
    "names": ("update application_info_table set app_name = 'Fit ' || row_id", ["Fit 1", "Fit 2"]),
    "packages": ("", ["one", "two"]),
    "not text": (
        "update application_info_table set app_name = x'00', package_name = cast(row_id as blob)",
        ["app 1", "app 2"],
    ),
    "no row": ("delete from application_info_table where row_id = 2", ["app 2", "one"]),
    "no table": ("drop table application_info_table", ["app 1", "app 2"]),
    "no column": ("alter table application_info_table drop column app_name", ["app 1", "app 2"]),
    "a view": (
        "alter table application_info_table rename to apps;"
        " create view application_info_table as select * from apps",
        ["app 1", "app 2"],
    ),
}


@pytest.mark.parametrize("which", NAMES)
def test_an_app_has_its_name_or_number(scratch: Scratch, tmp_path: Path, which: str) -> None:
    script, names = NAMES[which]
    samples = [Sample(FIRST, 61, 1), Sample(FIRST, 71, 2)]
    path = write(tmp_path / NAME, samples, script)
    assert load(scratch, path)
    assert sorted(day.device for day in file_days(scratch)) == names


def test_of_one_apps_samples_of_an_instant_the_later_row_wins(
    scratch: Scratch, tmp_path: Path
) -> None:
    samples = [Sample(FIRST, 80), Sample(FIRST, 70), Sample(FIRST, 75)]
    assert load(scratch, write(tmp_path / NAME, samples)) == [(instant(FIRST), 75.0)]


def test_a_database_without_samples_has_no_readings(scratch: Scratch, tmp_path: Path) -> None:
    assert load(scratch, write(tmp_path / NAME, [])) == []


MILLIS: list[object] = [
    *(FIRST, FIRST + 1, 0, -1, 1, -2_208_988_800_000, -2_208_988_800_001, 7_258_118_399_999),
    *(7_258_118_400_000, 10**13 + 1, -(10**13) - 1, 2**63 - 1, -(2**63), FIRST / 1000 + 0.5),
    *(None, "soon", b"\x01", "2026-09-04", float("inf")),
]
VALUES: list[object] = [
    *(61, 1, 300, 301, 0, -61, 2**63 - 1, -(2**63), 61.5, 0.5, 1e300, float("inf"), None),
    *("fast", b"=", "61 bpm", ""),
]


def test_instants_and_values_are_those_of_a_strict_parser(scratch: Scratch, tmp_path: Path) -> None:
    samples = [Sample(millis, 61) for millis in MILLIS]
    samples += [Sample(FIRST + 10 + n, value) for n, value in enumerate(VALUES)]
    wanted = [
        (at, bpm)
        for sample in samples
        if (at := strict.instant_of_millis(sample.millis)) is not None
        and (bpm := strict.whole_heart_rate(sample.value)) is not None
    ]
    found = load(scratch, write(tmp_path / NAME, samples))
    assert isinstance(found, list)
    assert [(at.replace(tzinfo=None), bpm) for at, bpm in found] == sorted(wanted)
    assert len(rejected_rows(scratch)) == len(samples) - len(wanted) > 20


def test_a_rejected_row_says_which_and_why(scratch: Scratch, tmp_path: Path) -> None:
    samples = [
        *(Sample(FIRST, 61), Sample(FIRST + 1, 61.5), Sample(FIRST + 2, "fast")),
        *(Sample(FIRST + 3, b"\x00"), Sample(FIRST + 4, None), Sample(FIRST + 5, 301)),
        *(Sample(10**17, 61), Sample("soon", 61), Sample(None, 61), Sample(FIRST + 6, 61)),
    ]
    script = f"update {SERIES} set parent_key = 99 where epoch_millis = {FIRST + 6}"
    found = load(scratch, write(tmp_path / NAME, samples, script))
    assert found == [(instant(FIRST), 61.0)]
    row = '{{"row": {}, "epoch_millis": {}, "beats_per_minute": {}}}'
    assert [(one.line, one.raw, one.reason) for one in rejected_rows(scratch)] == [
        (1, row.format(9, "null", 61), "no timestamp"),
        (3, row.format(2, FIRST + 1, 61.5), "value is not a whole number"),
        (4, row.format(3, FIRST + 2, '"a text"'), "value is not a number"),
        (5, row.format(4, FIRST + 3, '"a blob"'), "value is not a number"),
        (6, row.format(5, FIRST + 4, "null"), "no value"),
        (
            *(7, f'{{"epoch_millis":{FIRST + 5},"beats_per_minute":301}}'),
            "value is not a heart rate (over 0, up to 300)",
        ),
        (8, row.format(10, FIRST + 6, 61), "its record is missing"),
        (9, f'{{"epoch_millis":{10**17},"beats_per_minute":61}}', "timestamp not understood"),
        (10, row.format(8, '"a text"', 61), "timestamp not understood"),
    ]


# --- What is passed over -------------------------------------------------------------------------


def other(path: Path, script: str = "create table notes (text)") -> Path:
    """Another program's database."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script)
    return path


def test_another_database_is_passed_over(scratch: Scratch, tmp_path: Path) -> None:
    assert load(scratch, other(tmp_path / "notes.db")) is None
    resting = "create table resting_heart_rate_record_table (beats_per_minute)"
    assert load(scratch, other(tmp_path / "resting.db", resting)) is None


@pytest.mark.parametrize(
    "name", [NAME, "health_connect_export (1).db", "HEALTH_CONNECT_EXPORT_2026.db"]
)
def test_a_database_named_as_androids_must_be_one(
    scratch: Scratch, tmp_path: Path, name: str
) -> None:
    assert f"has no table {SERIES}" in refusal(scratch, other(tmp_path / name)) or (
        "has no table heart_rate_record_table" in refusal(scratch, tmp_path / name)
    )


def test_a_renamed_database_is_read_wherever_its_schema_lies(
    scratch: Scratch, tmp_path: Path
) -> None:
    """Far beyond the first bytes: the table was made after megabytes of other records."""
    before = "".join(f"create table other_{n} (a); " for n in range(200))
    before += "insert into other_1 values (zeroblob(3000000)); pragma user_version = 20;"
    path = tmp_path / "backup.db"
    other(path, before)
    samples = plain(50)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(health_connect.SCHEMA)
        health_connect._insert(database, samples)
    assert path.read_bytes().find(SERIES.encode()) > 2_000_000
    assert load(scratch, path) == meant(samples)


@pytest.mark.parametrize("chunk", [1, 7, 31, 4_096])
def test_the_name_of_the_table_is_found_across_reads(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(reader, "CHUNK", chunk)
    samples = plain(5)
    assert load(scratch, write(tmp_path / "a.db", samples)) == meant(samples)


@pytest.mark.parametrize("name", ["health_connect_export.db-wal", "health_connect_export.db"])
def test_what_is_no_database_is_not_claimed(scratch: Scratch, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x37\x7f\x06\x82" + bytes(4_000))
    assert load(scratch, path) is None


# --- What is refused -----------------------------------------------------------------------------


def test_a_cut_database_is_refused(scratch: Scratch, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.db", plain(200), page_size=PAGE).read_bytes()
    path = tmp_path / NAME
    for length in (*range(16, len(whole), 31), *range(PAGE, len(whole), PAGE), len(whole) - 1):
        path.write_bytes(whole[:length])
        assert isinstance(rewritten(path), BadFileError), length
    path.write_bytes(whole[: len(whole) // 2])
    assert NAME in refusal(scratch, path)


def with_a_cell_fewer(page: bytes, start: int) -> bytes:
    """A page of a tree that has forgotten its last row, or a page that isn't one as it was."""
    cells = int.from_bytes(page[start + 3 : start + 5], "big")
    if page[start] not in (2, 5, 10, 13) or not cells:
        return page
    return page[: start + 3] + (cells - 1).to_bytes(2, "big") + page[start + 5 :]


@pytest.mark.parametrize("damage", ["zeros", "noise", "a row fewer", "half"])
def test_a_damaged_page_never_hides_a_sample(tmp_path: Path, damage: str) -> None:
    """Each page in turn: the database gives all its samples, or is refused."""
    samples = plain(200)
    whole = write(tmp_path / "whole.db", samples, page_size=PAGE).read_bytes()
    path, refused = tmp_path / NAME, 0
    pages = range(0, len(whole), PAGE)
    for at in pages:
        page = whole[at : at + PAGE]
        header = 100 if at == 0 else 0
        broken = {
            "zeros": page[:header] + bytes(PAGE - header),
            "noise": page[:header] + random.Random(at).randbytes(PAGE - header),
            "a row fewer": with_a_cell_fewer(page, header),
            "half": page[: PAGE // 2] + bytes(PAGE // 2),
        }[damage]
        path.write_bytes(whole[:at] + broken + whole[at + PAGE :])
        found = rewritten(path)
        if isinstance(found, BadFileError):
            refused += 1
        else:
            assert found == meant(samples), f"page {at // PAGE + 1}"
    assert refused > len(pages) // 3


ENDLESS = """
alter table heart_rate_record_series_table rename to hidden;
create view heart_rate_record_series_table as
with recursive n (i) as (select 1 union all select i + 1 from n)
select i as rowid, 1 as parent_key, 61 as beats_per_minute, i as epoch_millis from n;
"""
DISGUISED = (
    ENDLESS
    + """
pragma writable_schema = on;
update sqlite_master set type = 'table', rootpage = 2
where name = 'heart_rate_record_series_table';
"""
)
VIRTUAL = """
drop table heart_rate_record_series_table;
create virtual table heart_rate_record_series_table
using fts5 (parent_key, beats_per_minute, epoch_millis);
"""
GENERATED = """
drop table heart_rate_record_series_table;
create table heart_rate_record_series_table (
    parent_key integer, epoch_millis integer,
    beats_per_minute integer as (length(hex(zeroblob(1000))))
);
insert into heart_rate_record_series_table values (1, 1788480000000);
"""
NO_KEY = """
drop table heart_rate_record_table;
create table heart_rate_record_table (row_id integer, app_info_id integer);
insert into heart_rate_record_table values (1, 1), (1, 2);
"""
WITHOUT_ROWID = """
drop table heart_rate_record_series_table;
create table heart_rate_record_series_table (
    parent_key integer, epoch_millis integer primary key, beats_per_minute integer
) without rowid;
"""
REFUSED = {
    "a view": (ENDLESS, f"has no table {SERIES}"),
    "a view that says it is a table": (DISGUISED, "table"),
    "a virtual table": (VIRTUAL, f"has no table {SERIES}"),
    "a generated column": (GENERATED, f"its {SERIES} has no beats_per_minute"),
    "records without a key": (NO_KEY, "isn't row_id"),
    "samples without a row number": (WITHOUT_ROWID, "rowid"),
    "no records": ("drop table heart_rate_record_table", "has no table heart_rate_record_table"),
    "a column less": (f"alter table {SERIES} drop column epoch_millis", "has no epoch_millis"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_tables_that_are_not_androids_are_refused(
    scratch: Scratch, tmp_path: Path, kind: str
) -> None:
    script, reason = REFUSED[kind]
    assert reason in refusal(scratch, write(tmp_path / NAME, plain(30), script))


def test_a_schema_larger_than_the_memory_is_refused(scratch: Scratch, tmp_path: Path) -> None:
    columns = ", ".join(f"column_{number}" for number in range(1_000))
    many = f"""
    pragma writable_schema = on;
    with recursive n (i) as (select 1 union all select i + 1 from n limit 3000)
    insert into sqlite_master
    select 'table', 't' || i, 't' || i, 2, 'create table t' || i || '({columns})' from n;
    """
    path = write(tmp_path / NAME, plain(3), many)
    assert "64 MB" in refusal(scratch, path)


def test_more_tables_than_sqlite_loads_in_time_are_refused(
    scratch: Scratch, tmp_path: Path
) -> None:
    many = """
    pragma writable_schema = on;
    with recursive n (i) as (select 1 union all select i + 1 from n limit 40000)
    insert into sqlite_master
    select 'table', 't' || i, 't' || i, 2, 'create table t' || i || '(a)' from n;
    """
    assert "10,000 tables" in refusal(scratch, write(tmp_path / NAME, plain(3), many))


def test_a_disk_that_is_full_is_no_damage(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / NAME, plain(3))

    def full(database: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(reader, "_require_undamaged", full)
    with pytest.raises(OSError, match="No space left"):
        load(scratch, path)


# --- What doesn't matter -------------------------------------------------------------------------


HUGE = {
    "epoch_millis": "timestamp not understood",
    "beats_per_minute": "value is not a number",
    "parent_key": "its record is missing",
}
"""The last column of a row may be written without being in memory."""


@pytest.mark.parametrize("column", HUGE)
def test_a_huge_value_is_rejected_and_never_read(
    scratch: Scratch, tmp_path: Path, column: str
) -> None:
    """Larger than SQLite may become in memory."""
    assert reader.HEAP < 80_000_000
    fields = {"epoch_millis": str(FIRST + 1), "beats_per_minute": "62", "parent_key": "1"}
    columns = [*(name for name in fields if name != column), column]
    values = ", ".join("zeroblob(80000000)" if name == column else fields[name] for name in columns)
    script = f"""
    drop table {SERIES};
    create table {SERIES} ({" integer, ".join(columns)} integer);
    insert into {SERIES} (epoch_millis, beats_per_minute, parent_key) values ({FIRST}, 61, 1);
    insert into {SERIES} values ({values});
    """
    found = load(scratch, write(tmp_path / NAME, plain(1), script))
    assert found == [(instant(FIRST), 61.0)]
    assert [one.reason for one in rejected_rows(scratch)] == [HUGE[column]]


def test_a_huge_number_of_an_app_is_never_read(tmp_path: Path) -> None:
    script = """
    drop table heart_rate_record_table;
    create table heart_rate_record_table (row_id integer primary key, app_info_id integer);
    insert into heart_rate_record_table values (1, zeroblob(80000000));
    """
    assert rewritten(write(tmp_path / NAME, plain(3), script)) == meant(plain(3))


def test_a_column_called_rowid_is_only_a_number(scratch: Scratch, tmp_path: Path) -> None:
    script = f"""
    alter table {SERIES} add column rowid;
    update {SERIES} set rowid = zeroblob(1000) where _rowid_ > 1;
    update {SERIES} set beats_per_minute = 'fast' where _rowid_ = 3;
    """
    found = load(scratch, write(tmp_path / NAME, plain(3), script))
    assert found == meant(plain(2))
    (rejected,) = rejected_rows(scratch)
    assert rejected.raw.startswith('{"row": null')


def test_the_sort_is_where_the_copy_is(tmp_path: Path) -> None:
    path = write(tmp_path / "it's a copy.db", plain(3))
    with closing(reader._open(path)) as database:
        assert database.execute("pragma temp_store_directory").fetchall() == [(str(tmp_path),)]


def test_a_check_is_not_evaluated(scratch: Scratch, tmp_path: Path) -> None:
    script = f"""
    pragma writable_schema = on;
    update sqlite_master set sql = replace(
        sql, 'epoch_millis integer', 'epoch_millis integer check (length(zeroblob(1e8)) = 0)'
    ) where name = '{SERIES}';
    """
    assert load(scratch, write(tmp_path / NAME, plain(5), script)) == meant(plain(5))


def test_a_trigger_does_nothing(scratch: Scratch, tmp_path: Path) -> None:
    script = f"create trigger t after insert on {SERIES} begin delete from {SERIES}; end"
    assert load(scratch, write(tmp_path / NAME, plain(5), script)) == meant(plain(5))


def test_an_index_with_other_content_hides_nothing(scratch: Scratch, tmp_path: Path) -> None:
    script = f"""
    create index by_time on {SERIES} (epoch_millis, beats_per_minute, parent_key)
    where epoch_millis > {FIRST + 20_000};
    analyze;
    delete from sqlite_stat1;
    insert into sqlite_stat1 values ('{SERIES}', 'by_time', '1000000 1 1 1 sz=1');
    insert into sqlite_stat1 values ('{SERIES}', null, '1000000');
    pragma writable_schema = on;
    update sqlite_master set sql = substr(sql, 1, instr(sql, 'where') - 1)
    where name = 'by_time';
    """
    assert load(scratch, write(tmp_path / NAME, plain(50), script)) == meant(plain(50))


@pytest.mark.parametrize("with_log", [False, True])
def test_a_database_in_wal_mode_is_read_as_it_is(
    scratch: Scratch, tmp_path: Path, with_log: bool
) -> None:
    """Without its log, or next to one, which isn't applied; nothing is written next to it."""
    samples, path = plain(40), tmp_path / NAME
    write(path, samples, "pragma journal_mode = wal")
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("insert into heart_rate_record_series_table values (1, 99, 1)")
        writer.commit()
        checkpointed = path.read_bytes()
        log = (tmp_path / f"{NAME}-wal").read_bytes()
    assert checkpointed[18:20] == b"\x02\x02"
    path.write_bytes(checkpointed)
    if with_log:
        (tmp_path / f"{NAME}-wal").write_bytes(log)
    before = sorted(os.listdir(tmp_path))
    assert load(scratch, path) == meant(samples)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_folder_whose_name_means_something_in_a_uri(tmp_path: Path) -> None:
    path = write(tmp_path / "scratch?mode=memory#1 %20" / NAME, plain(5))
    assert rewritten(path) == meant(plain(5))
