"""What real files do, loaded: nothing is lost, doubled, moved in time or given to somebody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loader.errors import ExitCode
from tests.formats import fixtures, shapes
from tests.formats.loaded import (
    Loaded,
    assert_table_holds,
    first_run,
    last_run,
    numbers_about,
    people,
    said,
)
from tests.formats.readings import (
    TAKEOUT_CSV,
    TAKEOUT_JSON,
    Expected,
    expect,
    in_file,
    last_wins,
    series,
)
from tests.pipeline import Pipeline

NAMES = [fixture.__name__ for fixture in fixtures.HAZARDS]
COUNTS = ("rows_read", "rows_new", "rows_duplicate", "rows_rejected")
LOCAL_TIMES = r"local time"
"""What the lines of the summary are called that count times which come twice or never."""


def counts(expected: list[Expected]) -> tuple[int, ...]:
    """`COUNTS` of a first run over these fixtures."""
    return (
        sum(each.rows for each in expected),
        sum(len(each.readings) for each in expected),
        sum(each.duplicates for each in expected),
        sum(each.rejected for each in expected),
    )


# --- All fixtures in one folder ------------------------------------------------------------------


def test_a_folder_of_all_hazards_loads_and_the_run_is_green(hazards: Loaded) -> None:
    assert hazards.done.returncode == ExitCode.OK, said(hazards.done)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_holds_what_the_fixture_gives(hazards: Loaded, name: str) -> None:
    assert_table_holds(hazards.pipeline, hazards.expected[name])


def test_nobody_else_is_in_the_table(hazards: Loaded) -> None:
    expected = {who for each in hazards.expected.values() for who in each.participants}
    assert people(hazards.pipeline) == expected


def test_every_row_is_accounted_for(hazards: Loaded) -> None:
    assert first_run(hazards.pipeline, *COUNTS) == counts(list(hazards.expected.values()))


def test_local_times_that_come_twice_or_never_are_counted(hazards: Loaded) -> None:
    counted = numbers_about(said(hazards.done), LOCAL_TIMES)
    for kind in ("repeated", "ambiguous", "never"):
        total = sum(getattr(each, kind) for each in hazards.expected.values())
        assert total in counted, kind


def test_rejected_cells_are_kept_with_their_file_and_line(hazards: Loaded) -> None:
    rejected = hazards.pipeline.query("select path, line from ingest.rejected_rows order by 1, 2")
    names = {
        "participant_id=untidy-csv": "heart_rate_2022-03-01.csv",
        "participant_id=untidy-hr": "hr.csv",
        "participant_id=untidy-study": "heartrate_seconds_merged.csv",
    }
    # A title and the header above, and a blank line after the eighth reading.
    assert rejected == [
        (f"{folder}/{kind}/{name}", line)
        for folder, name in names.items()
        for kind in ("commas", "tabs")
        for line in (9, 12)
    ]


def test_files_of_other_kinds_are_counted_and_not_named_one_by_one(hazards: Loaded) -> None:
    found = re.search(r"([\d,]+) files passed over", said(hazards.done))
    assert found, said(hazards.done)
    beside = len(list((hazards.pipeline.data / "participant_id=siblings").rglob("*.*"))) - 3
    assert int(found[1].replace(",", "")) >= beside > 40
    assert said(hazards.done).count("time_in_heart_rate_zones-") <= 2


def test_a_night_later_nothing_is_opened_and_the_run_is_green(hazards: Loaded) -> None:
    verified = hazards.pipeline.loader("verify")
    assert verified.returncode == ExitCode.OK, said(verified)

    again = hazards.pipeline.loader("ingest")

    assert again.returncode == ExitCode.OK, said(again)
    assert last_run(hazards.pipeline, "outcome", "files_read", "rows_read") == ("nothing new", 0, 0)


# --- The nights of the clock ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["study", "answers", "takeout"])
def test_a_night_of_the_clock_has_its_true_instants(zone_nights: Loaded, name: str) -> None:
    assert zone_nights.done.returncode == ExitCode.OK, said(zone_nights.done)
    assert_table_holds(zone_nights.pipeline, zone_nights.expected[name])


def test_no_reading_of_the_night_is_dropped_and_repeated_times_are_counted(
    zone_nights: Loaded,
) -> None:
    expected = list(zone_nights.expected.values())
    assert first_run(zone_nights.pipeline, *COUNTS) == counts(expected)
    repeated = sum(each.repeated for each in expected)
    assert repeated in numbers_about(said(zone_nights.done), LOCAL_TIMES)


# --- The same reading in two formats -------------------------------------------------------------

BOTH = "participant_id=both"
FROM_JSON = series("both", "2024-05-01 06:00:00", 600, confidence=3)
FROM_CSV = [
    reading._replace(value=reading.value + (40 if n in (7, 70, 170, 370) else 0), confidence=None)
    for n, reading in enumerate(FROM_JSON)
]


def write_both(data: Path, first: bool, second: bool) -> Expected:
    """A Takeout's JSON and CSV of one day, which disagree four times."""
    json_path, csv_path = f"{BOTH}/heart_rate-2024-05-01.json", f"{BOTH}/z_2024-05-01.csv"
    if first:
        fixtures.write(data / json_path, shapes.takeout_json(FROM_JSON))
    if second:
        fixtures.write(data / csv_path, shapes.takeout_csv(FROM_CSV))
    lines = [
        *in_file(TAKEOUT_JSON, json_path, FROM_JSON if first else []),
        *in_file(TAKEOUT_CSV, csv_path, FROM_CSV if second else []),
    ]
    return last_wins(lines)


@pytest.mark.parametrize("json_first", [True, False], ids=["json first", "csv first"])
def test_the_higher_format_decides_whichever_came_first(
    pipeline: Pipeline, json_first: bool
) -> None:
    alone = write_both(pipeline.data, json_first, not json_first)
    pipeline.ingest()
    assert_table_holds(pipeline, alone)

    together = write_both(pipeline.data, True, True)
    pipeline.ingest()

    assert_table_holds(pipeline, together)
    assert together.readings == FROM_JSON


def test_disagreeing_formats_are_counted(pipeline: Pipeline) -> None:
    write_both(pipeline.data, True, True)
    done = pipeline.loader("ingest")
    assert done.returncode == ExitCode.OK, said(done)
    assert 4 in numbers_about(said(done), "conflict|disagree")


# --- What a nightly run opens --------------------------------------------------------------------


def test_one_new_file_among_many_is_the_only_one_opened(pipeline: Pipeline) -> None:
    below = pipeline.data / "participant_id=daily"
    days = [
        series("daily", f"2023-06-{day:02d} 00:00:00", 50, confidence=2) for day in range(1, 31)
    ]
    for day, rows in enumerate(days[:-1], start=1):
        fixtures.put(below, f"{fixtures.EXPORT}/heart_rate-2023-06-{day:02d}.json", rows)
    pipeline.ingest()
    fixtures.put(below, f"{fixtures.EXPORT}/heart_rate-2023-06-30.json", days[-1])

    pipeline.ingest()

    columns = ("files_seen", "files_read", "rows_read", "rows_new")
    assert last_run(pipeline, *columns) == (30, 1, 50, 50)
    assert_table_holds(pipeline, expect([row for rows in days for row in rows]))
