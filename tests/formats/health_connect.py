"""Health Connect's export as Android writes it, and its samples read by SQLite alone."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.formats.readings import Reading

NAME = "health_connect_export.db"

SCHEMA = """
create table application_info_table (
    row_id integer primary key autoincrement, package_name text not null unique, app_name text
);
create table resting_heart_rate_record_table (
    row_id integer primary key autoincrement, app_info_id integer, time integer,
    beats_per_minute integer
);
create table heart_rate_record_table (
    row_id integer primary key autoincrement, uuid blob unique not null,
    last_modified_time integer, app_info_id integer, dedupe_hash blob unique,
    start_time integer, start_zone_offset integer, end_time integer, end_zone_offset integer,
    local_date integer,
    local_date_time_start_time integer as (start_time + 1000 * start_zone_offset)
);
create table heart_rate_record_series_table (
    parent_key integer, beats_per_minute integer, epoch_millis integer,
    foreign key (parent_key) references heart_rate_record_table (row_id) on delete cascade
);
insert into application_info_table (package_name) values ('one'), ('two'), ('three');
insert into resting_heart_rate_record_table (app_info_id, time, beats_per_minute)
values (1, 1788480000000, 52);
"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SAMPLES_A_RECORD = 20

FIRST = 1_788_480_000_000
"""2026-09-04 00:00:00 UTC."""


class Sample(NamedTuple):
    """A sample as it is stored; a test may give a field any type."""

    millis: object
    value: object
    app: object = 1


def write(
    path: Path, samples: Iterable[Sample], script: str = "", *, page_size: int = 4096
) -> Path:
    """Write a database, then run a script on it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"pragma page_size = {page_size}")
        # As Android's SQLite is compiled.
        database.execute("pragma auto_vacuum = full")
        database.execute("pragma synchronous = off")
        database.execute("begin")
        for part in filter(str.strip, SCHEMA.split(";")):
            database.execute(part)
        _insert(database, samples)
        database.execute("commit")
        database.executescript(script)
    return path


def _insert(database: sqlite3.Connection, samples: Iterable[Sample]) -> None:
    record, app = 0, object()
    for number, sample in enumerate(samples):
        if sample.app != app or number % SAMPLES_A_RECORD == 0:
            record, app = record + 1, sample.app
            database.execute(
                "insert into heart_rate_record_table (uuid, app_info_id) values (?, ?)",
                (record.to_bytes(16, "big"), app),
            )
        database.execute(
            "insert into heart_rate_record_series_table"
            " (parent_key, epoch_millis, beats_per_minute) values (?, ?, ?)",
            (record, sample.millis, sample.value),
        )


def content(samples: Iterable[Sample], script: str = "") -> bytes:
    """The bytes of a database."""
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder) / NAME, samples, script).read_bytes()


def export(readings: Iterable[Reading]) -> bytes:
    """The bytes of a database with whole beats per minute."""
    return content(Sample(millis(row.timestamp), int(row.value)) for row in readings)


def millis(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return (instant - EPOCH) // MILLISECOND


def instant(milliseconds: int) -> datetime:
    """The instant, in UTC."""
    return EPOCH + milliseconds * MILLISECOND


def samples_of(database: bytes) -> list[tuple[datetime, float, str]]:
    """The samples with the name of their app, in the order (instant, app, row)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(database)
        with closing(sqlite3.connect(path)) as opened:
            rows = opened.execute(
                "select epoch_millis, beats_per_minute,"
                " coalesce(app_name, package_name, 'app ' || app_info_id)"
                " from heart_rate_record_series_table as s"
                " join heart_rate_record_table as r on s.parent_key = r.row_id"
                " left join application_info_table as a on r.app_info_id = a.row_id"
                " order by epoch_millis, app_info_id, s.rowid"
            ).fetchall()
    return [(instant(time), float(value), app) for time, value, app in rows]
