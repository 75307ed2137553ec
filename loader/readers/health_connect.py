"""Android's backup of Health Connect: ``health_connect_export.db``, which Android puts into a zip.

An SQLite database with a table per kind of record. A heart-rate record belongs to the app that
wrote it (``heart_rate_record_table``) and has one or many samples in
``heart_rate_record_series_table``: ``beats_per_minute`` at ``epoch_millis``, an instant in UTC.
(packages/modules/HealthFitness in Android's sources: ``SeriesRecordHelper``, ``ExportManager``.)
The resting rate is a table of its own and isn't read.

The first bytes of a file only say that it is an SQLite database, and the definition of a table
may be on any page. So this format claims every SQLite database, and ``confirms`` looks for the
name of the table of samples in the whole file; a database without it is skipped. A file with the
name that Android gives it is always read, so that a damaged one is refused instead of skipped.

A sample's device is the app that wrote it, by its name or that of its package; the rows are in the
order (instant, app, row). The rank is below those of the device's own exports (Takeout, also saved
again, and the APIs), because an app may pass on only a part of its readings, and several apps may
write readings of one person. It is above Fitabase's, whose local times name no zone.
"""

import errno
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, TextIO

from loader.errors import COPY_AGAIN, EXPORT_AGAIN, BadFileError
from loader.readers.base import Layout, Reader
from loader.readers.rewritten import Rewritten, device_field, device_name, rejected
from loader.sql import statement

SQLITE = b"SQLite format 3\0"

NAME = re.compile(r"health_connect_export[^/]*\.db(\.\w+)?", re.IGNORECASE)
"""The name that Android gives the database; downloads and compression add to it."""

APPS = "application_info_table"

RECORDS, SAMPLES = "heart_rate_record_table", "heart_rate_record_series_table"

COLUMNS = {
    RECORDS: {"row_id", "app_info_id"},
    SAMPLES: {"parent_key", "epoch_millis", "beats_per_minute"},
}

CHUNK = 1 << 20
"""Bytes read at a time."""

HEAP = 64 << 20
"""Bytes that SQLite may use; the sort of the samples needs 4 MB and continues on the disk."""

MOST_TABLES = 10_000
"""More tables take SQLite minutes to load; Android has about a hundred."""

STEPS_A_TABLE = 10
"""Steps of SQLite's virtual machine to load the definition of a table."""

Sample = tuple[int | None, object, object, int, int | None]
"""(row, instant, value, whether its record exists, its app's number); a field that isn't a number
is described."""


def _claims(reader: Reader, head: bytes, *_: object) -> Layout | None:
    return Layout(reader) if head.startswith(SQLITE) else None


def _confirms(source: BinaryIO, name: str) -> bool:
    if NAME.fullmatch(name.rsplit("/", 1)[-1]):
        return True
    wanted = SAMPLES.encode()
    end_of_last = b""
    while block := source.read(CHUNK):
        if wanted in end_of_last + block:
            return True
        end_of_last = (end_of_last + block)[-len(wanted) :]
    return False


def _rewrite(source: BinaryIO, target: TextIO, _name: str) -> Rewritten:
    """Write one line per sample; ``source`` is the copy of the file, which SQLite opens itself."""
    rows = 0
    try:
        with closing(_open(Path(source.name))) as database:
            _require_whole(database, os.fstat(source.fileno()).st_size)
            _require_tables(database)
            _require_undamaged(database)
            apps = _apps(database)
            for sample in database.execute(statement("readers/health_connect_samples")):
                target.write(_line(sample, apps))
                rows += 1
    except MemoryError as error:
        raise BadFileError(
            f"it needs more than {HEAP >> 20} MB to be read as a database", EXPORT_AGAIN
        ) from error
    except sqlite3.Error as error:
        raise _fault(error) from error
    return Rewritten(rows)


def _open(path: Path) -> sqlite3.Connection:
    # Immutable: without locks, and without looking for the log of a database in WAL mode.
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    folder = str(path.absolute().parent).replace("'", "''")
    for setting in (
        f"hard_heap_limit = {HEAP}",
        "trusted_schema = off",
        "cell_size_check = on",
        "temp_store = file",
        # Deprecated, but otherwise the sort fills another disk than SCRATCH_DIR's.
        f"temp_store_directory = '{folder}'",
    ):
        database.execute(f"pragma {setting}")
    return database


def _require_whole(database: sqlite3.Connection, size: int) -> None:
    """Check that the last page is complete: SQLite would take its missing end for zeros."""
    ((page_size,),) = database.execute("pragma page_size")
    if size % page_size:
        raise BadFileError("it ends within a page of the database", COPY_AGAIN)


def _require_tables(database: sqlite3.Connection) -> None:
    """Check that the tables are tables, not views or virtual tables, which would run their code.

    Raises:
        BadFileError: a table or a column is missing, or the records have no unique number.
    """
    database.set_progress_handler(lambda: 1, MOST_TABLES * STEPS_A_TABLE)
    tables = _tables(database)
    for table, wanted in COLUMNS.items():
        if table not in tables:
            raise BadFileError(f"it has no table {table}", EXPORT_AGAIN)
        columns = database.execute(f"pragma main.table_info({table})").fetchall()
        missing = wanted - {name for _, name, *_ in columns}
        if missing:
            raise BadFileError(f"its {table} has no {min(missing)}", EXPORT_AGAIN)
        key = [name for _, name, *_, place in columns if place]
        if table == RECORDS and key != ["row_id"]:
            raise BadFileError(f"the key of its {RECORDS} isn't row_id", EXPORT_AGAIN)
    database.set_progress_handler(None, 0)


def _tables(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute(statement("readers/health_connect_tables"))}


def _require_undamaged(database: sqlite3.Connection) -> None:
    """Check the pages of both tables: a damaged one may hide rows without an error."""
    for table in COLUMNS:
        ((found,),) = database.execute(f"pragma main.quick_check({table})").fetchmany(1)
        if found != "ok":
            reason = " ".join(str(found).split())[:200]
            raise BadFileError(f"it is a damaged database ({reason})", COPY_AGAIN)


def _apps(database: sqlite3.Connection) -> dict[int | None, str]:
    """A JSON field with the name of each app, by its number; without those that can't be read."""
    apps: dict[int | None, str] = {None: ""}
    if APPS not in _tables(database):
        return apps
    try:
        for number, *names in database.execute(statement("readers/health_connect_apps")):
            apps[number] = device_field(device_name(*names) or f"app {number}")
    except (sqlite3.Error, MemoryError):
        # A damaged table of names must not cost the readings.
        return {None: ""}
    return apps


def _line(sample: Sample, apps: dict[int | None, str]) -> str:
    row, millis, value, has_record, app = sample
    if type(millis) is int and type(value) is int and has_record:
        device = apps[app] if app in apps else device_field(f"app {app}")
        return f'{{"millis":{millis},"value":{value}{device}}}\n'
    raw = {"row": row, "epoch_millis": millis, "beats_per_minute": value}
    return rejected(raw, _reason(millis, value)) + "\n"


def _reason(millis: object, value: object) -> str:
    if millis is None:
        return "no timestamp"
    if type(millis) is not int:
        return "timestamp not understood"
    if value is None:
        return "no value"
    if type(value) is float:
        return "value is not a whole number"
    return "value is not a number" if type(value) is not int else "its record is missing"


def _fault(error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if code == sqlite3.SQLITE_INTERRUPT:
        return BadFileError(f"it has more than {MOST_TABLES:,} tables", EXPORT_AGAIN)
    reason = " ".join(str(error).split())[:200]
    return BadFileError(f"it can't be read to its end as an SQLite database ({reason})", COPY_AGAIN)


READER = Reader(
    name="health connect",
    rank=240,
    expected="health_connect_export.db (Health Connect)",
    times="UTC",
    lines=False,
    claims=_claims,
    confirms=_confirms,
    relation="health_connect",
    names_devices=True,
    rewrite=_rewrite,
)
