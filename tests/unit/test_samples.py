"""Each format has a sample, which the loader and the naive loader of the tests read alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loader.commands.inspect.inspect import inspect
from loader.configuration.settings import PROJECT, Settings
from loader.readers import READERS
from tests.formats import naive, shapes
from tests.formats.readings import Reading
from tests.pipeline import QuietReporter

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2023, 7, 1, 10, tzinfo=UTC)
ROWS = [Reading("P7", FIRST + timedelta(minutes=n), 60.0 + n, 1) for n in range(3)]
FORMATS = [reader.name for reader in shapes.WRITTEN]


def sample(folder: Path, file_format: str) -> Path:
    """A file of a format."""
    shape = shapes.SHAPES.get(file_format)
    assert shape, f"add {file_format!r} to SHAPES in tests/formats/shapes.py"
    file = folder / shape.file_name("P7")
    file.write_bytes(shape.content(ROWS, BERLIN))
    return file


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_loader_reads_the_sample(tmp_path: Path, file_format: str) -> None:
    file = sample(tmp_path, file_format)
    settings = Settings.from_env({"DATA_DIR": str(tmp_path), "FITBIT_TIMEZONE": "Europe/Berlin"})

    (found,) = inspect(settings, file, QuietReporter()).formats

    assert found.reader.name == file_format
    assert (found.profile.readings, found.reasons) == (len(ROWS), [])
    assert found.profile.first_timestamp == ROWS[0].timestamp
    assert found.profile.last_timestamp == ROWS[-1].timestamp


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_naive_loader_reads_the_sample(tmp_path: Path, file_format: str) -> None:
    sample(tmp_path, file_format)

    found = naive.load(tmp_path, BERLIN, "P7").readings

    assert [reading[:3] for reading in found] == [row[:3] for row in ROWS], (
        f"add {file_format!r} to tests/formats/naive.py: HEADERS and _csv_row, or _from_json"
    )


def test_the_documentation_lists_every_format_in_the_order_of_the_ranks() -> None:
    text = (PROJECT / "docs/formats.md").read_text(encoding="utf-8")
    _, _, table = text.partition("|---|---|---|--:|\n")
    rows = [row.split("|") for row in table.partition("\n\n")[0].splitlines()]
    listed = [(cells[1].strip().lower(), int(cells[-2])) for cells in rows]

    for (cell, rank), reader in zip(listed, READERS, strict=False):
        assert (cell[: len(reader.name)], rank) == (reader.name, reader.rank), (
            f"{reader.name!r} has no row in this place of the table in docs/formats.md"
        )
    assert len(listed) == len(READERS)
