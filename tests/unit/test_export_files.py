"""An export is written in bounded memory and in its order, however wide its rows are."""

import json
import os
import signal
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from threading import Timer

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from loader.commands.export.files import JSON_LINES, Files
from loader.commands.export.layouts.open_mhealth import COUNTED_READINGS
from loader.commands.export.request import Format
from loader.commands.export.source import schema_of

LONGEST_NAME = "é" * 100
DAY = 86_400
DAYS = 5
SCHEMA = schema_of(COUNTED_READINGS.columns)


def days() -> Iterator[pa.RecordBatch]:
    """Days at 1 Hz of the participant with the longest name."""
    for day in range(DAYS):
        instants = np.arange(day * DAY, (day + 1) * DAY) * 1_000_000
        yield pa.record_batch(
            [
                pa.repeat(pa.scalar(LONGEST_NAME), DAY),
                pa.array(instants).cast(SCHEMA.field("timestamp").type),
                pa.array(np.arange(DAY) / 7),
            ],
            schema=SCHEMA,
        )


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    made = Files(tmp_path, "64MB")
    yield made
    made.close()


def seconds(instants: pa.ChunkedArray) -> list[int]:
    return [value // 1_000_000 for value in instants.cast(pa.int64()).to_pylist()]


@pytest.mark.parametrize("form", Format)
def test_days_of_wide_rows(files: Files, tmp_path: Path, form: Format) -> None:
    written = files.write("readings", form, SCHEMA, days())
    path = tmp_path / f"readings.{form}"
    table = pq.read_table(path) if form is Format.PARQUET else pa_csv.read_csv(path)
    assert (written.rows, written.bytes) == (DAYS * DAY, path.stat().st_size)
    instants = table["timestamp"].cast(pa.timestamp("us", "UTC"))
    assert seconds(instants) == list(range(DAYS * DAY))


def test_data_points_of_days(files: Files, tmp_path: Path) -> None:
    select = "commands/export/layouts/write/open_mhealth_readings"
    options = {"options": JSON_LINES, "created": "2024-01-01T00:00:00Z"}
    files.write_as("points.jsonl", select, SCHEMA, days(), **options)
    with (tmp_path / "points.jsonl").open(encoding="utf-8") as stream:
        values = [json.loads(line)["body"]["heart_rate"]["value"] for line in stream]
    assert values == list(np.arange(DAY) / 7) * DAYS


def test_ctrl_c_while_duckdb_writes(files: Files) -> None:
    """Python sees the signal in the batches or, mostly, DuckDB sees it first."""
    day = next(days())
    for number in range(5):
        Timer(0.1 + number / 50, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            files.write(f"readings{number}", Format.PARQUET, SCHEMA, repeat(day))
