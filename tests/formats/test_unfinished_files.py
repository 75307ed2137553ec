"""Files that can't be read to their end, or not any more: the others load, the run says so."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from loader.errors import ExitCode
from scripts.sample_data.siblings import siblings
from scripts.sample_data.signal import Wearer
from tests.formats import fixtures, shapes
from tests.formats.loaded import assert_table_holds, people, said
from tests.formats.readings import expect, series
from tests.pipeline import Pipeline

pytestmark = pytest.mark.without_marts

GOOD = series("good", "2024-03-01 08:00:00", 100, confidence=2)
GOOD_PATH = f"participant_id=good/{fixtures.EXPORT}/heart_rate-2024-03-01.json"
BAD = series("bad", "2024-03-02 08:00:00", 2_000, confidence=2)


def cut_json(folder: Path) -> str:
    """A download that stopped in the middle of a record."""
    text = shapes.takeout_json(BAD)
    fixtures.write(folder / "participant_id=bad/heart_rate-2024-03-02.json", text[:-1_000])
    return "heart_rate-2024-03-02.json"


def json_that_turns_into_something_else(folder: Path) -> str:
    """A heart-rate file by its beginning, no JSON further on."""
    text = shapes.takeout_json(BAD)
    middle = text.index("},{", len(text) // 2)
    broken = f"{text[:middle]}}}, no record, {text[middle:]}"
    fixtures.write(folder / "participant_id=bad/heart_rate-2024-03-02.json", broken)
    return "heart_rate-2024-03-02.json"


def cut_gzip(folder: Path) -> str:
    """A packed file without its end."""
    packed = gzip.compress(shapes.takeout_json(BAD).encode(), mtime=0)
    fixtures.write_bytes(folder / "participant_id=bad/day.json.gz", packed[: len(packed) // 2])
    return "day.json.gz"


def cut_zip(folder: Path) -> str:
    """An archive without its directory, which stands at its end."""
    packed = fixtures.zip_of({"Takeout/day.json": shapes.takeout_json(BAD).encode()})
    fixtures.write_bytes(folder / "participant_id=bad/takeout.zip", packed[: len(packed) // 2])
    return "takeout.zip"


def damaged_zip_entry(folder: Path) -> str:
    """An archive whose directory is whole and whose entry is not."""
    packed = bytearray(fixtures.zip_of({"day.json": shapes.takeout_json(BAD).encode()}))
    middle = len(packed) // 2
    packed[middle : middle + 40] = bytes(40)
    fixtures.write_bytes(folder / "participant_id=bad/takeout.zip", bytes(packed))
    return "takeout.zip"


def cut_answer(folder: Path) -> str:
    """An archived answer that was not saved to its end."""
    text = shapes.intraday_json(BAD, fixtures.ZONE)
    fixtures.write(folder / "participant_id=bad/answer.json", text[: len(text) // 2])
    return "answer.json"


UNFINISHED: list[Callable[[Path], str]] = [
    cut_json,
    json_that_turns_into_something_else,
    cut_gzip,
    cut_zip,
    damaged_zip_entry,
    cut_answer,
]


@pytest.mark.parametrize("write_bad", UNFINISHED, ids=lambda write: write.__name__)
def test_the_others_load_and_the_run_fails_with_the_files_name(
    pipeline: Pipeline, write_bad: Callable[[Path], str]
) -> None:
    fixtures.put(pipeline.data, GOOD_PATH, GOOD)
    name = write_bad(pipeline.data)

    done = pipeline.loader("ingest", FITBIT_TIMEZONE=fixtures.ZONE.key)

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert_table_holds(pipeline, expect(GOOD))
    # Half a file is not loaded: what it holds is decided when it can be read.
    assert people(pipeline) == {"good"}


def test_a_repaired_file_loads_at_the_next_run(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, GOOD_PATH, GOOD)
    cut_json(pipeline.data)
    assert pipeline.loader("ingest").returncode == ExitCode.BAD_INPUT
    assert pipeline.loader("ingest").returncode == ExitCode.BAD_INPUT

    fixtures.put(pipeline.data, "participant_id=bad/heart_rate-2024-03-02.json", BAD)
    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.OK, said(done)
    assert_table_holds(pipeline, expect([*GOOD, *BAD]))


def test_a_file_that_could_be_read_and_now_cannot_is_an_error(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, GOOD_PATH, GOOD)
    before = BAD[:300]
    path = "participant_id=bad/heart_rate-2024-03-02.json"
    fixtures.put(pipeline.data, path, before)
    pipeline.ingest()
    fixtures.write(pipeline.data / path, "moved to another folder\n")
    more = series("good", "2024-03-05 08:00:00", 100, confidence=2)
    later = GOOD_PATH.replace("03-01", "03-05")
    fixtures.put(pipeline.data, later, more)

    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert "heart_rate-2024-03-02.json" in done.stderr
    # What it gave before stays.
    assert_table_holds(pipeline, expect([*GOOD, *more, *before]))


def test_a_top_level_hr_csv_that_is_none_is_an_error(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, GOOD_PATH, GOOD)
    fixtures.write(pipeline.data / "hr.csv", "date,steps\n2024-01-01,12000\n")

    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert "hr.csv" in done.stderr
    assert_table_holds(pipeline, expect(GOOD))


def test_a_folder_with_nothing_understood_is_an_error(pipeline: Pipeline) -> None:
    for sibling in siblings(Wearer("nobody", seed=1), date(2024, 3, 1), 3):
        fixtures.write_bytes(pipeline.data / sibling.path, sibling.content)

    done = pipeline.loader("ingest")

    assert done.returncode in (ExitCode.NO_INPUT, ExitCode.BAD_INPUT), said(done)
    assert "Traceback" not in done.stderr
    for shape in ("timestamp,value", "Takeout", "Fitabase", "docs/formats.md"):
        assert shape in said(done), "the formats that are understood are not listed"


def test_files_of_other_kinds_beside_a_good_one_are_no_error(pipeline: Pipeline) -> None:
    fixtures.put(pipeline.data, GOOD_PATH, GOOD)
    beside = list(siblings(Wearer("nobody", seed=1), date(2024, 3, 1), 3))
    for sibling in beside:
        fixtures.write_bytes(pipeline.data / sibling.path, sibling.content)

    first = pipeline.loader("ingest")
    second = pipeline.loader("ingest")

    for done in (first, second):
        assert done.returncode == ExitCode.OK, said(done)
        assert f"{len(beside):,} files passed over" in said(done)
    assert people(pipeline) == {"good"}
    assert len(said(second).splitlines()) <= len(said(first).splitlines())


def test_a_zip_loads_without_being_unpacked_to_disk(pipeline: Pipeline) -> None:
    days = [series("me", f"2024-03-0{day} 00:00:00", 500, confidence=1) for day in (1, 2, 3)]
    entries = {
        f"{fixtures.EXPORT}/heart_rate-2024-03-0{day}.json": shapes.takeout_json(rows).encode()
        for day, rows in enumerate(days, start=1)
    }
    fixtures.write_bytes(pipeline.data / "takeout.zip", fixtures.zip_of(entries))

    assert pipeline.loader("ingest").returncode == ExitCode.OK

    assert_table_holds(pipeline, expect([row for rows in days for row in rows]))
    left = [path.name for path in pipeline.scratch.rglob("*") if path.suffix == ".json"]
    assert left == []
    assert [path.name for path in pipeline.data.iterdir()] == ["takeout.zip"]
