"""Snapshots are taken ahead of the parser, and no longer when nobody waits for them."""

import time
from pathlib import Path

import pytest

from loader.find.data_files import describe
from loader.find.opener import Opener
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.ledger.fingerprint import BLOCK
from loader.read.parts import read_parts
from loader.read.scratch import Scratch
from loader.readers import Layout, hr_csv

HEADER = "timestamp,value\n"
ROW = "2024-01-01 00:00:00,60\n"
BLOCKS = 17
"""More than one batch of files may have (BATCH_BYTES)."""


def part(path: Path, rows: int) -> Part:
    """A file of so many equal rows, to be read in full."""
    path.write_text(HEADER + ROW * rows)
    file = describe(path, Path(path.name))
    layout = Layout(hr_csv.READER, ",", 2, len(HEADER), 1)
    return Part.of_whole_file(
        file, layout, Owner("me", False, ""), end=file.size, read_end=file.size
    )


def test_a_run_that_is_interrupted_does_not_wait_for_the_next_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = BLOCKS * BLOCK // len(ROW)
    parts = [part(tmp_path / "1.csv", rows), part(tmp_path / "2.csv", rows)]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loader.read.parts.parse", interrupted)
    with Scratch(tmp_path, "64MB") as scratch, Opener() as opener:
        with pytest.raises(KeyboardInterrupt):
            read_parts(scratch, opener, parts, Zones({}, None), lambda done: time.sleep(0.05))
        taken = {path.name: path.stat().st_size for path in scratch.folder.glob("*.copy")}

    assert taken.pop("0.copy") == rows * len(ROW)
    assert sum(taken.values()) < rows * len(ROW)
