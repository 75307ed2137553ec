"""An archive as others read it: with pyarrow and Python's own arithmetic, not with our SQL."""

import hashlib
import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.pipeline import Pipeline

Row = tuple[str, datetime, float, int | None]

PRIME = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SCHEMA = pa.schema(
    [
        ("participant_id", pa.string()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("value", pa.float64()),
        ("confidence", pa.int16()),
    ]
)

PATH = re.compile(r"heart_rate/(day|month)=([\d-]+)/bucket=(\d\d\d)/data\.parquet")


def files(folder: Path) -> list[Path]:
    """Every file with readings, as any program finds them."""
    return sorted((folder / "heart_rate").glob("**/*.parquet"))


def in_files(folder: Path, buckets: int = 1) -> list[Row]:
    """The readings of all files, each in the file where it belongs, and in order there."""
    rows: list[Row] = []
    for file in files(folder):
        found = PATH.fullmatch(str(file.relative_to(folder)))
        assert found, file
        parquet = pq.ParquetFile(file)
        assert parquet.schema_arrow.equals(SCHEMA)
        assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"
        part: list[Row] = [tuple(row.values()) for row in parquet.read().to_pylist()]
        assert part, f"{file} is empty"
        assert [row[:2] for row in part] == sorted({row[:2] for row in part})
        for who, instant, *_ in part:
            digest = hashlib.md5(who.encode()).hexdigest()
            assert int(digest[:8], 16) % buckets == int(found[3])
            assert f"{instant.astimezone(UTC):%Y-%m-%d}".startswith(found[2])
        rows += part
    return sorted(rows, key=lambda row: row[:2])


def in_table(project: Pipeline) -> list[Row]:
    rows = project.query("select participant_id, timestamp, value, confidence from heart_rate")
    return sorted(rows, key=lambda row: row[:2])


def days(rows: list[Row]) -> dict[tuple[str, date], tuple[int, int, datetime, datetime]]:
    """Count, checksum, first and last instant by participant and UTC day."""
    by_day: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in rows:
        by_day[row[0], row[1].astimezone(UTC).date()].append(row)
    return {
        day: (
            len(some),
            sum(_hash(row) ** 2 for row in some) % 2**61,
            min(row[1] for row in some),
            max(row[1] for row in some),
        )
        for day, some in by_day.items()
    }


def _hash(row: Row) -> int:
    _, instant, value, confidence = row
    microseconds = (instant - EPOCH) // timedelta(microseconds=1)
    return (
        microseconds % PRIME * 998244353
        + int(value * 2**54) % PRIME * 754974721
        + (2 + (-1 if confidence is None else confidence)) * 167772161
    ) % PRIME


def by_ledger(folder: Path) -> dict[tuple[str, date], tuple[int, int, datetime, datetime]]:
    """What ``days.parquet`` says, in its order."""
    table = pq.read_table(folder / "days.parquet")
    assert table.column_names == [
        "participant_id",
        "day",
        "bucket",
        "readings",
        "checksum",
        "first_timestamp",
        "last_timestamp",
    ]
    rows = [tuple(row.values()) for row in table.to_pylist()]
    keys = [(who, day) for who, day, *_ in rows]
    assert keys == sorted(set(keys))
    return {(who, day): tuple(rest) for who, day, _, *rest in rows}


LEDGER = {
    "arrivals": "select run_id, participant_id, rows_new, rows_late, arrived_at "
    "from ingest.arrivals",
    "devices": "select participant_id, day, device, first_timestamp, last_timestamp "
    "from ingest.devices",
    "zone_limits": "select path, participant_id, day, rank, moderate_from_bpm, vigorous_from_bpm, "
    "peak_from_bpm from ingest.zone_limits",
}
"""What the files of ``ledger/`` have."""


def has_ledgers(folder: Path, *ledgers: Pipeline) -> None:
    """The files of ``ledger/`` hold the rows of some ledgers, once each."""
    for name, query in LEDGER.items():
        written = pq.read_table(folder / "ledger" / f"{name}.parquet").to_pylist()
        rows = [tuple(row.values()) for row in written]
        assert sorted(rows) == sorted(row for ledger in ledgers for row in ledger.query(query))


def is_the_table(project: Pipeline, folder: Path, buckets: int = 1) -> None:
    """Files and ledger hold the table's readings, once each; nothing else is in the folder."""
    rows = in_files(folder, buckets)
    assert rows == in_table(project)
    assert by_ledger(folder) == days(rows)
    has_ledgers(folder, project)
    assert not (folder / ".partial").exists()
    assert all(any(path.iterdir()) for path in (folder / "heart_rate").rglob("*") if path.is_dir())


def versions(folder: Path) -> dict[Path, int]:
    """Which file stands at each path: a file that is written again has another inode."""
    return {
        path.relative_to(folder): path.stat().st_ino
        for path in [*files(folder), folder / "days.parquet", folder / "manifest.json"]
    }
