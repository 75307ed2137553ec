"""Snapshots become rows of the scratch database, each of the source it is of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loader.compare.deduplicate import conflicts, deduplicate, file_days
from loader.compare.selected_readings import readings, select_readings
from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.disk_status import DiskStatus
from loader.find.part import Part
from loader.find.participants import Owner, Zones
from loader.ledger.fingerprint import Fingerprint
from loader.read.copied_part import CopiedPart
from loader.read.file_copy import FileCopy
from loader.read.parse import parse, rejected_rows
from loader.read.scratch import Scratch
from loader.readers import Layout, fitabase, hr_csv
from loader.sql import statement

MELBOURNE = Zones({}, default="Australia/Melbourne")


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    with Scratch(tmp_path, "64MB") as opened:
        yield opened


def incoming(
    scratch: Scratch, file_id: int, layout: Layout, text: str, participant_id: str = "me"
) -> CopiedPart:
    """A copy of these lines."""
    copy = scratch.folder / f"{file_id}.copy"
    copy.write_text(text)
    file = DataFile(copy, f"{file_id}.csv", len(text), 1)
    owner = Owner(participant_id, False, "")
    part = Part.of_whole_file(file, layout, owner, end=None, read_end=file.size)
    found = FileCopy(text.count("\n"), Fingerprint())
    return CopiedPart(file_id, part, copy, found, DiskStatus.of(copy.stat()))


HR = Layout(hr_csv.READER, ",", 2, 16, 1)
FITABASE = Layout(fitabase.READER, ",", 3, 14, 1)
NAMED_IN_UTC = replace(FITABASE, reader=replace(fitabase.READER, times="UTC"))
"""A format as there may be one: its rows say whose they are, and its times are instants."""


def settled(scratch: Scratch) -> list[tuple[str, str, int]]:
    """(file, participant, readings) of everything parsed."""
    deduplicate(scratch)
    return sorted((day.name, day.participant_id, day.readings) for day in file_days(scratch))


def test_files_with_numbers_left_out_keep_their_own_participants(scratch: Scratch) -> None:
    files = [
        incoming(scratch, 3, HR, "2024-01-01 00:00:00,60\n", "P003"),
        incoming(scratch, 7, HR, "2024-01-01 00:00:00,61\n2024-01-01 00:00:05,62\n", "P007"),
    ]
    parse(scratch, files[:1], MELBOURNE, lambda: None)
    parse(scratch, files[1:], MELBOURNE, lambda: None)
    parse(scratch, [incoming(scratch, 9, HR, "", "P009")], MELBOURNE, lambda: None)
    assert settled(scratch) == [("3.csv", "P003", 1), ("7.csv", "P007", 2)]


def test_a_rejected_row_needs_no_time_zone(scratch: Scratch) -> None:
    rows = (
        "78,4/1/2016 7:54:00 AM,60\n"
        "not a row\n"
        "79,4/1/2016 27:54:00 AM,60\n"
        "80,4/1/2016 7:54:00 AM,resting\n"
    )
    only_one = Zones({"78": "Europe/Berlin"}, default=None)
    parse(scratch, [incoming(scratch, 0, FITABASE, rows)], only_one, lambda: None)
    assert settled(scratch) == [("0.csv", "78", 1)]
    assert len(rejected_rows(scratch)) == 3


def test_a_reading_of_local_time_without_a_zone_is_a_fault(scratch: Scratch) -> None:
    rows = "78,4/1/2016 7:54:00 AM,60\n79,4/1/2016 7:54:00 AM,60\n"
    only_one = Zones({"78": "Europe/Berlin"}, default=None)
    with pytest.raises(BadFileError, match="local times of 79"):
        parse(scratch, [incoming(scratch, 0, FITABASE, rows)], only_one, lambda: None)


def test_a_batch_that_is_taken_back_leaves_no_source(scratch: Scratch) -> None:
    def changed() -> None:
        raise BadFileError("it changed", "run again")

    file = incoming(scratch, 0, HR, "2024-01-01 00:00:00,60\n", "P000")
    with pytest.raises(BadFileError):
        parse(scratch, [file], MELBOURNE, changed)
    parse(
        scratch,
        [incoming(scratch, 1, HR, "2024-01-01 00:00:00,60\n", "P001")],
        MELBOURNE,
        lambda: None,
    )
    assert settled(scratch) == [("1.csv", "P001", 1)]


@pytest.mark.parametrize(
    ("layout", "first"),
    [
        (FITABASE, datetime(2016, 4, 12, 7, 21, 0, tzinfo=UTC)),
        (NAMED_IN_UTC, datetime(2016, 4, 12, 17, 21, 0, tzinfo=UTC)),
    ],
    ids=["local times", "instants"],
)
def test_rows_that_name_participants_become_theirs(
    scratch: Scratch, layout: Layout, first: datetime
) -> None:
    text = "P1,4/12/2016 5:21:00 PM,97\nP2,4/12/2016 5:21:05 PM,102\n,4/12/2016 5:21:05 PM,90\n"
    parse(scratch, [incoming(scratch, 0, layout, text)], MELBOURNE, lambda: None)
    assert settled(scratch) == [("0.csv", "P1", 1), ("0.csv", "P2", 1)]
    assert min(day.first_timestamp for day in file_days(scratch) if day.first_timestamp) == first
    assert [(row.line, row.reason) for row in rejected_rows(scratch)] == [(4, "no participant")]


def test_rows_in_order_are_told_from_rows_that_are_not(scratch: Scratch) -> None:
    later = incoming(scratch, 0, HR, "2024-01-02 00:00:00,60\n", "P001")
    earlier = incoming(scratch, 1, HR, "2024-01-01 00:00:00,61\n", "P001")
    parse(scratch, [later], MELBOURNE, lambda: None)
    parse(scratch, [earlier], MELBOURNE, lambda: None)
    deduplicate(scratch)
    scratch.execute(statement("compare/select_all_days"))
    select_readings(scratch)
    values = [value for batch in readings(scratch) for value in batch.column("value").to_pylist()]
    assert values == [61, 60]


def test_an_instant_with_two_values_is_a_conflict_in_one_file_or_in_two(scratch: Scratch) -> None:
    def at(second: int, bpm: int) -> str:
        return f"2024-01-01 00:00:0{second},{bpm}\n"

    first = at(0, 60) + at(1, 60) + at(1, 60) + at(2, 60) + at(2, 61) + at(3, 60) + at(4, 60)
    second = at(3, 70) + at(4, 60) + at(5, 60) + at(2, 62)
    for number, text in enumerate((first, second)):
        parse(scratch, [incoming(scratch, number, HR, text, "P001")], MELBOURNE, lambda: None)
        deduplicate(scratch)
        # The instant that stands twice in the first file, then the one that both files give too.
        assert conflicts(scratch) == number + 1
