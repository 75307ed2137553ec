"""verify reads plain files by DuckDB's own CSV reader, and all else as the loader does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loader.commands.verify.verify import Verification, verify
from loader.configuration.settings import Settings
from loader.console import Step
from tests.pipeline import Pipeline, QuietReporter

pytestmark = pytest.mark.without_marts

MORNING = datetime(2024, 3, 1, 6, tzinfo=UTC)
ROWS = [
    f"{MORNING + timedelta(seconds=5 * number):%Y-%m-%d %H:%M:%S},{60 + number % 90 + 0.25}"
    for number in range(300)
]

PLAIN = {
    "lines that end as Windows' do": "timestamp,value\r\n" + "".join(f"{r}\r\n" for r in ROWS),
    "the other header": "timestamp,heart_rate\n" + "".join(f"{r}\n" for r in ROWS),
    "a title above": "Heart rate of P\n\ntimestamp,value\n" + "".join(f"{r}\n" for r in ROWS),
    "a byte order mark": "\ufefftimestamp,value\n" + "".join(f"{r}\n" for r in ROWS),
    "semicolons": "timestamp,value\n".replace(",", ";")
    + "".join(f"{r}\n".replace(",", ";") for r in ROWS),
    "everything in quotes": '"timestamp","value"\n'
    + "".join('"{}","{}"\n'.format(*r.split(",")) for r in ROWS),
}
"""What a plain file may look like."""

ODD = {
    "an offset": ROWS[7].replace(",", "+02:00,"),
    "an instant that stands twice": ROWS[7],
    "a row that is no reading": "2024-03-01 06:00:01,fast",
    "a space behind a value in quotes": '2024-03-01 06:00:01,"71" ',
    "a comma too many": "2024-03-01 06:00:01,71,",
    "a number with an underscore": "2024-03-01 06:00:01,1_0",
}
"""Rows that DuckDB's own reader reads otherwise than the loader, or not at all."""


def write(pipeline: Pipeline, case: str, content: str) -> Path:
    folder = pipeline.data / case / "participant_id=P"
    folder.mkdir(parents=True)
    (folder / "hr.csv").write_bytes(content.encode())
    return folder.parent


def verified(pipeline: Pipeline, folder: Path) -> tuple[Verification, list[Step]]:
    """What verify says of the files in a folder, and its steps."""
    reporter = QuietReporter()
    settings = Settings.from_env({**pipeline.environment, "DATA_DIR": str(folder)})
    return verify(settings, reporter), reporter.steps


@pytest.mark.parametrize("case", PLAIN)
def test_plain_files_are_read_once(pipeline: Pipeline, case: str) -> None:
    folder = write(pipeline, case, PLAIN[case])
    pipeline.ingest()

    result, steps = verified(pipeline, folder)

    assert result.ok
    assert not result.differences
    assert (result.readings, result.days) == (len(ROWS), 1)
    assert Step.READ_AS_LOADED not in steps


def test_files_that_share_a_day_are_read_once_if_they_share_no_instant(pipeline: Pipeline) -> None:
    pipeline.write(ROWS[:100], name="early.csv")
    pipeline.write(ROWS[100:], name="late.csv")
    pipeline.ingest()

    result, steps = verified(pipeline, pipeline.data)

    assert result.ok
    assert (result.readings, result.days) == (len(ROWS), 1)
    assert Step.READ_AS_LOADED not in steps


def test_a_folder_whose_name_is_a_pattern_is_not_taken_for_another(pipeline: Pipeline) -> None:
    write(pipeline, "a", PLAIN["the other header"])
    pipeline.ingest()
    folder = write(pipeline, "[a]", f"timestamp,value\n{ROWS[7]}5\n")

    result, _ = verified(pipeline, folder)

    assert not result.ok
    assert result.readings == 1


@pytest.mark.parametrize("case", ODD)
def test_what_is_read_otherwise_is_read_as_the_loader_does(pipeline: Pipeline, case: str) -> None:
    pipeline.write([*ROWS, ODD[case]])
    read = pipeline.ingest().counts

    result, steps = verified(pipeline, pipeline.data)

    assert result.ok
    assert not result.differences
    assert result.readings == read.new
    assert Step.READ_AS_LOADED in steps


def test_a_last_line_that_waits_is_no_difference(pipeline: Pipeline) -> None:
    pipeline.hr_csv.write_text("timestamp,value\n" + "\n".join(ROWS), encoding="utf-8")
    pipeline.ingest()
    waiting, steps = verified(pipeline, pipeline.data)
    assert waiting.ok
    assert (waiting.readings, waiting.waiting) == (len(ROWS) - 1, ["hr.csv"])
    assert Step.READ_AS_LOADED in steps

    pipeline.ingest()
    taken, steps = verified(pipeline, pipeline.data)

    assert taken.ok
    assert (taken.readings, taken.waiting) == (len(ROWS), [])
    assert Step.READ_AS_LOADED not in steps


@pytest.mark.parametrize("case", ["an offset", "a space behind a value in quotes"])
def test_such_a_row_is_missed_when_the_table_has_lost_it(pipeline: Pipeline, case: str) -> None:
    pipeline.write([*ROWS, ODD[case]])
    pipeline.ingest()
    pipeline.query(
        "delete from heart_rate where timestamp in ('2024-03-01 04:00:35Z', '2024-03-01 06:00:01Z')"
    )

    result, _ = verified(pipeline, pipeline.data)

    assert not result.ok
    (difference,) = result.differences
    assert (difference.missing, difference.different, difference.gone) == (1, 0, 0)


def test_a_day_that_only_the_table_has_needs_no_second_look(pipeline: Pipeline) -> None:
    pipeline.write(ROWS, name="kept.csv")
    pipeline.write(["2024-02-01 12:00:00,70", "2024-02-01 12:00:01,71"], name="lost.csv")
    pipeline.ingest()
    (pipeline.data / "lost.csv").unlink()

    result, steps = verified(pipeline, pipeline.data)

    assert result.ok
    (difference,) = result.differences
    assert (difference.missing, difference.different, difference.gone) == (0, 0, 2)
    assert Step.READ_AS_LOADED not in steps
