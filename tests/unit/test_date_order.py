"""The order of day and month is decided over all rows, and never against the loaded ones."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loader.errors import BadFileError
from loader.find.data_files import DataFile
from loader.find.disk_status import DiskStatus
from loader.find.part import Part
from loader.find.participants import Owner
from loader.ledger.fingerprint import Fingerprint
from loader.read.copied_part import CopiedPart, DateOrder
from loader.read.date_order import date_order
from loader.read.file_copy import FileCopy
from loader.read.scratch import Scratch
from loader.readers import Layout, fitabase, hr_csv

FILE = DataFile(Path("study.csv"), "study.csv", 1, 1)
STUDY = Layout(fitabase.READER, ",", 3, 14, 1)
EITHER, DAY, MONTH = "4/5/2016 10:00", "13/4/2016 10:00", "4/13/2016 10:00"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with Scratch(tmp_path_factory.mktemp("scratch"), "64MB") as opened:
        yield opened


def order_of(
    scratch: Scratch,
    times: list[str],
    *,
    appended: bool = False,
    loaded: bool | None = None,
    layout: Layout = STUDY,
) -> DateOrder | None:
    """The order of a study's rows, of which the first is in line 2."""
    copy = scratch.folder / "0.copy"
    copy.write_text("".join(f"P1,{time},60\n" for time in times))
    whole = Part.of_whole_file(FILE, layout, Owner("me", False, ""), end=None, read_end=1)
    part = replace(whole, appended=appended, loaded_day_first=loaded)
    found = FileCopy(len(times), Fingerprint())
    return date_order(scratch, CopiedPart(0, part, copy, found, DiskStatus.of(copy.stat())))


@pytest.mark.parametrize(
    ("times", "order"),
    [
        ([], DateOrder(False, None)),
        ([EITHER], DateOrder(False, None)),
        ([EITHER] * 5_000 + [DAY], DateOrder(True, 5_002)),
        ([EITHER] * 5_000 + [MONTH], DateOrder(False, 5_002)),
        ([f'"{DAY}"', EITHER], DateOrder(True, 2)),
        ([EITHER, f" {DAY}"], DateOrder(True, 3)),
        (["13/4/16 7:21:00 PM"], DateOrder(True, 2)),
        (
            ["13/13/2016 10:00", "31/2/2016 10:00", "13/4/2016 25:00", "13/4"],
            DateOrder(False, None),
        ),
        (["2/30/2016 10:00", DAY], DateOrder(True, 3)),
        (["2016-04-13 10:00", "x"], DateOrder(False, None)),
    ],
)
def test_the_first_line_that_shows_an_order_decides(
    scratch: Scratch, times: list[str], order: DateOrder
) -> None:
    assert order_of(scratch, times) == order


def test_other_formats_have_no_order(scratch: Scratch) -> None:
    layout = Layout(hr_csv.READER, ",", 2, 14, 1)
    assert order_of(scratch, [DAY, MONTH], layout=layout) is None


@pytest.mark.parametrize("times", [[DAY, EITHER, MONTH], [MONTH, EITHER, DAY]])
def test_a_file_of_both_orders_is_refused(scratch: Scratch, times: list[str]) -> None:
    month, day = (2 + times.index(each) for each in (MONTH, DAY))
    with pytest.raises(BadFileError, match=f"in line {month} .* month first.* in line {day} "):
        order_of(scratch, times)


@pytest.mark.parametrize(
    ("times", "appended", "loaded", "order"),
    [
        ([EITHER], True, True, DateOrder(True, None)),
        ([EITHER], True, False, DateOrder(False, None)),
        ([DAY], True, True, DateOrder(True, 2)),
        ([MONTH], True, False, DateOrder(False, 2)),
        ([DAY], True, False, None),
        ([MONTH], True, True, None),
        ([DAY], False, False, None),
        ([MONTH], False, True, None),
        ([EITHER], False, True, None),
        ([EITHER], False, False, DateOrder(False, None)),
    ],
)
def test_rows_are_never_read_against_the_loaded_ones(
    scratch: Scratch, times: list[str], appended: bool, loaded: bool, order: DateOrder | None
) -> None:
    if order is not None:
        assert order_of(scratch, times, appended=appended, loaded=loaded) == order
        return
    with pytest.raises(BadFileError, match="but its rows are loaded with the") as refused:
        order_of(scratch, times, appended=appended, loaded=loaded)
    assert "make full-refresh" in refused.value.hint
