"""What a person reads after a run adds up and says what to do next."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from loader.commands.run_result import RunResult
from loader.commands.summary import DAYS_SHOWN, render_run, render_verification
from loader.commands.verify.verify import DayDifference, Verification
from loader.errors import BadFileError, CantWriteError, ExitCode, LoaderError, NoInputError
from loader.find.plan import Findings
from loader.ledger.known_files import PassedOver
from loader.ledger.row_counts import Counts

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LAST = datetime(2024, 1, 3, 23, 59, 59, tzinfo=UTC)
COUNTS = Counts(
    files_seen=3,
    files_read=2,
    read=1_234_567,
    staged=1_000_000,
    new=1_000_000,
    late=1_000,
    corrected=7,
    unchanged=233_500,
    duplicate=50,
    rejected=10,
    first_timestamp=FIRST,
    last_timestamp=LAST,
)


def result(counts: Counts = COUNTS, outcome: str = "ok") -> RunResult:
    seconds = {"lock": 0.02, "find": 0.01, "dbt": 3.04}
    return RunResult(7, outcome, counts, seconds, last_ok_run=LAST)


def shown(text: str) -> dict[str, str]:
    """The lines of a summary by their first word."""
    pairs = (line.split(maxsplit=1) for line in text.splitlines()[1:])
    return {name: rest.strip() for name, rest in pairs}


def test_the_lines_of_a_run() -> None:
    text = render_run(result())
    assert text.splitlines()[0] == "run 7: heart_rate has 1,001,007 new or corrected readings"
    lines = shown(text)
    assert lines["read"] == "1,234,567  (2 of 3 files read)"
    assert lines["range"] == "2024-01-01 00:00:00 UTC to 2024-01-03 23:59:59 UTC"
    assert lines["seconds"] == "3.1 (lock 0.0, find 0.0, dbt 3.0)"
    assert lines["next"] == "make psql, then: select * from ingest.rejected_rows;"


def test_readings_that_moved_are_told_only_where_there_are_some() -> None:
    assert "moved" not in shown(render_run(result()))
    lines = shown(render_run(result(replace(COUNTS, moved=1_060))))
    assert lines["moved"].startswith("1,060 readings deleted at their former instant")


def test_the_counts_shown_add_up_in_one_column() -> None:
    text = render_run(result())
    parts = ("new", "late", "corrected", "unchanged", "duplicate", "rejected")
    lines = shown(text)
    numbers = {name: int(lines[name].replace(",", "")) for name in parts}
    assert sum(numbers.values()) == 1_234_567
    ends = {
        match.end()
        for line in text.splitlines()
        if (match := re.match(rf" +(?:read|{'|'.join(parts)}) +[\d,]+", line))
    }
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("outcome", "counts", "headline", "following"),
    [
        ("nothing new", Counts(), "nothing new; heart_rate is as it was", "from heart_rate limit"),
        ("ok", Counts(read=5, staged=5, unchanged=5), "nothing new", "from heart_rate limit"),
        ("staged", Counts(read=1000, staged=1000), "1,000 readings are staged", "make dbt-build"),
        ("ok", Counts(read=1, staged=1, late=1), "has 1 new or corrected", "from heart_rate limit"),
        ("nothing new", Counts(read=1, rejected=1), "nothing new", "ingest.rejected_rows"),
    ],
)
def test_headline_and_next_command(
    outcome: str, counts: Counts, headline: str, following: str
) -> None:
    text = render_run(result(counts, outcome))
    assert headline in text.splitlines()[0]
    assert following in shown(text)["next"]


def test_a_run_without_readings_shows_how_far_the_table_goes() -> None:
    assert shown(render_run(result(Counts())))["range"] == "up to 2024-01-03 23:59:59 UTC"
    assert shown(render_run(RunResult(1, "nothing new", Counts(), {})))["range"] == "up to none"


def test_waiting_and_vanished_files_are_named() -> None:
    told = result()
    told.findings.waiting, told.update.vanished = ["a/hr.csv"], ["old.csv"]
    lines = shown(render_run(told))
    assert lines["waiting"] == "a/hr.csv: its last line has no newline yet"
    assert lines["missing"] == "old.csv: its readings stay loaded"


def test_new_files_that_are_passed_over_say_what_was_seen() -> None:
    told = result(Counts(files_passed_over=1_002))
    seen = {f"Takeout/steps-{day}.json": "begins with '['" for day in range(1_000)}
    seen |= {"hr.xlsx": "is an Excel workbook", "pipe": "is a named pipe"}
    told.update.passed_over = [PassedOver(name, 0, 0, seen=kind) for name, kind in seen.items()]
    text = render_run(told)
    assert "1,002 files passed over" in text
    assert "new among them: steps-*.json (1,000), hr.xlsx, pipe" in text
    for line in ("hr.xlsx: is an Excel workbook", "Takeout/steps-0.json: begins with '['"):
        assert f"\n             {line}\n" in text
    assert len(text.splitlines()) < 20


def test_a_run_with_refused_files_counts_them_and_points_at_the_errors() -> None:
    told = result(Counts())
    told.findings.faults = [BadFileError("a.zip is damaged", "download it again")] * 2
    lines = shown(render_run(told))
    assert lines["refused"].startswith("2 files")
    assert "errors below" in lines["next"]


def test_a_verification_that_found_all_equal() -> None:
    text = render_verification(Verification(readings=1000, days=2))
    assert "1,000 readings on 2 participant-days" in text
    assert "every one of them is in heart_rate" in text


def test_a_verification_lists_what_differs() -> None:
    wrong = DayDifference("me", date(2024, 1, 1), missing=1, different=2, gone=3)
    found = Verification(1000, 2, [wrong], waiting=["hr.csv"])
    text = render_verification(found)
    assert not found.ok
    assert "me  2024-01-01  missing 1  different 2  no longer in the files 3" in text
    assert "1 day differs: make reconcile repairs it" in text
    assert "3 readings of heart_rate are no longer in the files; they stay" in text
    assert "hr.csv: its last line has no newline yet" in text


def test_readings_that_are_only_gone_from_the_files_are_no_fault() -> None:
    gone = DayDifference("me", date(2024, 1, 1), missing=0, different=0, gone=3)
    found = Verification(1000, 2, [gone])
    assert found.ok
    assert "every one of them is in heart_rate" in render_verification(found)


def test_a_long_list_of_days_is_cut() -> None:
    days = [DayDifference("me", date(2024, 1, day), 1, 0, 0) for day in range(1, 29)]
    text = render_verification(Verification(1, 28, days))
    assert text.count("missing 1") == DAYS_SHOWN
    assert f"and {28 - DAYS_SHOWN} more days" in text
    assert "28 days differ" in text


@pytest.mark.parametrize(
    ("faults", "archive_error", "code"),
    [
        ([], None, ExitCode.OK),
        ([NoInputError("a.csv can't be read", "")], None, ExitCode.BAD_INPUT),
        ([], CantWriteError("the disk is full", ""), ExitCode.CANT_WRITE),
        (
            [NoInputError("a.csv can't be read", "")],
            CantWriteError("the disk is full", ""),
            ExitCode.BAD_INPUT,
        ),
    ],
)
def test_the_exit_code_of_a_run_that_left_something_out(
    faults: list[LoaderError], archive_error: LoaderError | None, code: ExitCode
) -> None:
    findings = Findings(faults=faults)
    result = RunResult(1, "ok", Counts(), {}, findings=findings, archive_error=archive_error)
    assert result.exit_code == code
