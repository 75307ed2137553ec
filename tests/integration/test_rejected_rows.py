"""Rows that are no readings are kept with their reason; the good ones around them load."""

import re
from datetime import UTC, datetime

import pytest

from loader.commands.run_result import RunResult
from loader.errors import ExitCode, LoaderError, TooManyRejectedError
from loader.mode import Mode
from loader.run import Request
from tests.pipeline import Pipeline, Reading, readings, seconds
from tests.sample_data.faulty_files import BAD_LINES, ODD_LINES, Fault, OddLine

pytestmark = pytest.mark.without_marts

GOOD = seconds("2024-01-01 00:00:00", [60 + number % 40 + 0.25 for number in range(60)])
REASONS = {"range": "not a heart rate", "quote": "value"}
"""What is asked of a reason where it need not contain the fault's own word."""

Rejected = list[tuple[str, int, str, str]]


def rejected(pipeline: Pipeline) -> Rejected:
    return pipeline.query("select path, line, raw, reason from ingest.rejected_rows order by 1, 2")


def write_bytes(pipeline: Pipeline, *lines: bytes, name: str = "hr.csv") -> None:
    content = b"".join(line + b"\n" for line in (b"timestamp,value", *lines))
    (pipeline.data / name).write_bytes(content)


def append_bytes(pipeline: Pipeline, content: bytes) -> None:
    with pipeline.hr_csv.open("ab") as stream:
        stream.write(content)


def raw_text(line: bytes) -> str:
    """How a rejected line is kept: text, with escapes for bytes that are none, and not endless."""
    return line[:1000].decode("utf-8", "backslashreplace").replace("\0", "\\x00")


# --- Bad lines and odd ones ----------------------------------------------------------------------


def test_every_bad_line_is_kept_with_its_number_and_reason(pipeline: Pipeline) -> None:
    lines: list[bytes] = []
    expected: dict[int, Fault] = {}
    for good, fault in zip(GOOD, BAD_LINES, strict=False):
        lines += [good.encode(), fault.raw_line]
        expected[len(lines) + 1] = fault
    lines += [row.encode() for row in GOOD[len(BAD_LINES) :]]
    write_bytes(pipeline, *lines)

    result = pipeline.ingest()

    found = {line: (path, raw, reason) for path, line, raw, reason in rejected(pipeline)}
    missed = [expected[line].name for line in expected.keys() - found.keys()]
    assert not missed
    assert found.keys() == expected.keys()
    for line, fault in expected.items():
        path, raw, reason = found[line]
        assert (path, raw) == ("hr.csv", raw_text(fault.raw_line)), fault.name
        assert REASONS.get(fault.reason_hint, fault.reason_hint) in reason, fault.name
    assert pipeline.table() == readings(GOOD)
    assert result.counts.rejected == len(BAD_LINES)
    assert result.counts.read == len(BAD_LINES) + len(GOOD)


LOOKALIKES = [
    "2024-01-01,61.5",
    "2024-01-01 ,61.5",
    "1704067200,61.5",
    "12:00:00,61.5",
    "01/02/2024 12:00:00,61.5",
    "2024-01-01 12:00:60,61.5",
    "2024-01-01 12:60:00,61.5",
    "2024-01-01 12:00:00 PM,61.5",
    "2024-01-01 12:00:00+99,61.5",
    "infinity,61.5",
    "2024-01-01 12:00:00,0x3D",
    "2024-01-01 12:00:00,6_1",
    "2024-01-01 12:00:00,61 bpm",
    "2024-01-01 12:00:00,６１",
    "2024-01-01 12:00:00,1e-400",
    "2024-01-01 12:00:00,-0.0",
    "2024-01-01 12:00:00,300.0001",
    '2024-01-01 12:00:00,61"',
    '"2024-01-01 12:00:00,61"',
    '"2024-01-01 12:00:00,61.5',
    "2024-01-01 12:00:00;61.5",
    ",",
    '"",""',
]


def test_lines_that_only_look_like_readings_are_rejected(pipeline: Pipeline) -> None:
    pipeline.write([GOOD[0], *LOOKALIKES])

    result = pipeline.ingest()

    kept = {line: raw for _, line, raw, _ in rejected(pipeline)}
    assert kept == dict(enumerate(LOOKALIKES, start=3))
    assert result.counts.rejected == len(LOOKALIKES)


def test_odd_lines_are_readings_of_their_value(pipeline: Pipeline) -> None:
    def placed(odd: OddLine, minute: int) -> bytes:
        return odd.raw_line.replace(b"12:00:00", b"12:%02d:00" % minute)

    write_bytes(pipeline, *(placed(odd, minute) for minute, odd in enumerate(ODD_LINES)))

    result = pipeline.ingest()

    assert pipeline.table() == {
        ("me", datetime(2024, 1, 1, 12, minute, tzinfo=UTC), odd.value)
        for minute, odd in enumerate(ODD_LINES)
    }
    assert result.counts.rejected == 0


def test_timestamps_mean_what_they_say(pipeline: Pipeline) -> None:
    meant = {
        "2024-01-01 00:00:01": "2024-01-01 00:00:01",
        "2024-01-01T00:00:02": "2024-01-01 00:00:02",
        "2024-01-01T00:00:03Z": "2024-01-01 00:00:03",
        "2024-01-01 00:00:04Z": "2024-01-01 00:00:04",
        "2024-01-01T02:00:00+02:00": "2024-01-01 00:00:00",
        "2024-01-01 00:00+02": "2023-12-31 22:00:00",
        "2024-01-01 00:00-02": "2024-01-01 02:00:00",
        "2024-01-01T00:00:05+0530": "2023-12-31 18:30:05",
        "2024-01-01T00:00:06-07:30": "2024-01-01 07:30:06",
        "2024-01-01 00:07": "2024-01-01 00:07:00",
        "2024-01-01 00:00:08.25": "2024-01-01 00:00:08.25",
        "2024-01-01 00:00:09.123456": "2024-01-01 00:00:09.123456",
        '"2024-01-01 00:00:10"': "2024-01-01 00:00:10",
        "2024-02-29 12:00:00": "2024-02-29 12:00:00",
        "1969-12-31 23:59:59.5": "1969-12-31 23:59:59.5",
        "1999-12-31T23:59:59Z": "1999-12-31 23:59:59",
    }
    pipeline.write([f"{text},{60 + number}" for number, text in enumerate(meant)])

    pipeline.ingest()

    assert rejected(pipeline) == []
    assert pipeline.table() == {
        ("me", datetime.fromisoformat(instant).replace(tzinfo=UTC), 60.0 + number)
        for number, instant in enumerate(meant.values())
    }


def test_a_timestamp_of_another_century_harms_no_other_row(pipeline: Pipeline) -> None:
    """Checksums are exact, and Python's dates exist, only in the years a reading can be of."""
    beyond = ["0000-01-01 00:00:00", "1899-12-31 23:59:59", "1900-01-01 00:00:00+02"]
    beyond += ["2200-01-01 00:00:00", "2199-12-31 23:59:59-02", "9999-12-31 23:59:59"]
    pipeline.write([*GOOD, *(f"{timestamp},61" for timestamp in beyond)])

    result = pipeline.ingest()

    assert pipeline.table() == readings(GOOD)
    assert result.counts.rejected == len(rejected(pipeline)) == len(beyond)


def test_the_first_and_the_last_instant_that_load(pipeline: Pipeline) -> None:
    rows = ["1900-01-01 00:00:00,61", "2199-12-31 23:59:59,62"]
    pipeline.write(rows)
    pipeline.ingest()
    assert pipeline.table() == readings(rows)


# --- Line numbers --------------------------------------------------------------------------------


def test_blank_lines_are_no_rows_but_count_as_lines(pipeline: Pipeline) -> None:
    pipeline.hr_csv.write_bytes(
        b"\n".join(
            [
                *(b"", b"A title", b"timestamp,value", b"", b"bad 5", b"", b"", GOOD[0].encode()),
                *(b"  ", b"\r", b"bad 11", GOOD[1].encode(), b"", b"bad 14", b"", b""),
            ]
        )
    )

    result = pipeline.ingest()

    assert [(line, raw) for _, line, raw, _ in rejected(pipeline)] == [
        (5, "bad 5"),
        (11, "bad 11"),
        (14, "bad 14"),
    ]
    assert (result.counts.read, result.counts.new, result.counts.rejected) == (5, 2, 3)


def test_line_numbers_go_on_in_what_was_appended(pipeline: Pipeline) -> None:
    write_bytes(pipeline, GOOD[0].encode(), b"", b"bad 4")
    pipeline.ingest()
    append_bytes(pipeline, b"\nbad 6\n" + GOOD[1].encode() + b"\nbad 8\n")

    result = pipeline.ingest()

    assert [(line, raw) for _, line, raw, _ in rejected(pipeline)] == [
        (4, "bad 4"),
        (6, "bad 6"),
        (8, "bad 8"),
    ]
    assert (result.counts.read, result.counts.new, result.counts.rejected) == (3, 1, 2)
    assert result.findings.waiting == []


def test_an_endless_line_costs_one_row_and_no_neighbour(pipeline: Pipeline) -> None:
    endless = b"2024-01-01 12:00:00," + b"6" * (9 << 20)
    write_bytes(pipeline, GOOD[0].encode(), endless, GOOD[1].encode(), b"bad 5")

    pipeline.ingest()

    assert pipeline.table() == readings(GOOD[:2])
    assert [(line, reason) for _, line, _, reason in rejected(pipeline)] == [
        (3, "line too long"),
        (5, "too few columns"),
    ]


def test_rejected_rows_are_kept_by_file(pipeline: Pipeline) -> None:
    write_bytes(pipeline, b"bad a", GOOD[0].encode(), name="a.csv")
    write_bytes(pipeline, GOOD[1].encode(), b"bad b", name="b.csv")

    pipeline.ingest()

    assert [row[:3] for row in rejected(pipeline)] == [("a.csv", 2, "bad a"), ("b.csv", 3, "bad b")]


# --- Too many ------------------------------------------------------------------------------------


def bad_rows(count: int) -> list[str]:
    return [f"bad {number}" for number in range(count)]


def fault(result: RunResult) -> LoaderError:
    """The one file that was refused."""
    (found,) = result.findings.faults
    assert isinstance(found, TooManyRejectedError)
    assert found.exit_code is ExitCode.BAD_INPUT
    return found


def test_max_rejected_lets_so_many_pass_and_no_more(pipeline: Pipeline) -> None:
    pipeline.write([*GOOD, *bad_rows(3)])

    refused = fault(pipeline.ingest(Request(max_rejected=2)))

    assert re.search(r"3 of 63 rows .* hr\.csv, line 62", refused.what)
    assert "--max-rejected 3'" in refused.hint
    assert pipeline.ingest(Request(max_rejected=3)).counts.rejected == 3
    assert pipeline.table() == readings(GOOD)
    # What was accepted once is not judged again.
    assert pipeline.ingest().findings.faults == []
    assert pipeline.ingest(Request(mode=Mode.RECONCILE, max_rejected=2)).findings.faults == []


def test_max_rejected_0_lets_a_clean_file_pass(pipeline: Pipeline) -> None:
    pipeline.write(GOOD)
    assert pipeline.ingest(Request(max_rejected=0)).counts.new == len(GOOD)


def test_by_default_100_rows_or_10_percent_of_a_file_may_be_rejected(pipeline: Pipeline) -> None:
    """More than both is too many, and so are all rows of a file, however few."""
    files = {(100, 1): True, (101, 909): True, (101, 908): False, (102, 909): False}
    files |= {(50, 0): False, (1, 0): False, (1, 1): True}
    expected: set[Reading] = set()
    for bad, good in files:
        rows = seconds(f"2024-01-01 {len(expected) % 7:02d}:00:00", [61.5] * good)
        name = f"participant_id={bad}-{good}/a.csv"
        pipeline.write([*rows, *bad_rows(bad), "  "], name=name)
        if files[bad, good]:
            expected |= readings(rows, f"{bad}-{good}")

    result = pipeline.ingest()

    assert pipeline.table() == expected
    refused = {fault.what.split(",")[1].split("/")[0] for fault in result.findings.faults}
    assert len(refused) == len(result.findings.faults) == sum(not taken for taken in files.values())
    for found in result.findings.faults:
        assert ("--max-rejected" in found.hint) == (
            not found.what.startswith(("50 of 50", "1 of 1"))
        )
        assert "make inspect FILE=" in found.hint
    assert result.counts.rejected == 100 + 101 + 1
    # A night later they are named again, and nothing is read.
    again = pipeline.ingest()
    assert [fault.what for fault in again.findings.faults] == [
        fault.what for fault in result.findings.faults
    ]
    assert again.counts.files_read == 0


def test_a_refused_file_is_its_own_fault_and_keeps_what_it_gave(pipeline: Pipeline) -> None:
    pipeline.write(GOOD)
    pipeline.ingest()
    ledger = "select * from ingest.files where path = 'hr.csv'"
    before = pipeline.query(ledger)
    pipeline.append([*seconds("2024-01-02 00:00:00", [70.5] * 50), *bad_rows(101)])
    other = seconds("2024-02-01 00:00:00", [70.5] * 50)
    pipeline.write(other, name="other.csv")

    refused = fault(pipeline.ingest())

    assert pipeline.table() == readings([*GOOD, *other])
    assert pipeline.query(ledger) == before
    assert rejected(pipeline) == []
    assert pipeline.query(
        "select outcome, error from ingest.runs order by run_id desc limit 1"
    ) == [("failed", str(refused))]
    # It has changed since it was refused: it is read, and what was wrong is no more.
    pipeline.append(seconds("2024-01-03 00:00:00", [70.5] * 1_000))
    result = pipeline.ingest()
    assert result.findings.faults == []
    assert result.counts.rejected == 101
    assert pipeline.query("select count(*) from ingest.refused_files") == [(0,)]


def test_appended_rows_may_all_be_rejected(pipeline: Pipeline) -> None:
    """The file has readings: a line or two that its writer broke are no reason to refuse it."""
    pipeline.write(GOOD)
    pipeline.ingest()
    pipeline.append(bad_rows(100))
    assert pipeline.ingest().findings.faults == []
    pipeline.append(bad_rows(101))
    assert "101 of 101 rows" in fault(pipeline.ingest()).what


def test_of_many_rejected_rows_some_are_kept_and_all_are_counted(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loader.read.parse.KEPT_PER_FILE", 20)
    monkeypatch.setattr("loader.read.parse.KEPT_PER_RUN", 50)
    for number in range(3):
        bad = [line for row in bad_rows(30) for line in (row, "")]
        day = seconds(f"2024-01-0{number + 1} 00:00:00", [61.5] * 5)
        pipeline.write([*bad[:20], *day, *bad[20:]], name=f"{number}.csv")

    result = pipeline.ingest()

    assert (result.counts.rejected, result.counts.rejected_not_kept) == (90, 40)
    kept = pipeline.query(
        "select path, count(*), min(line) from ingest.rejected_rows group by 1 order by 1"
    )
    assert kept == [("0.csv", 20, 2), ("1.csv", 20, 2), ("2.csv", 10, 2)]
    assert pipeline.query("select rows_rejected from ingest.runs") == [(90,)]


# --- Corrected later -----------------------------------------------------------------------------


def test_a_rejected_row_that_is_corrected_arrives_and_is_rejected_no_more(
    pipeline: Pipeline,
) -> None:
    broken = [*GOOD[:30], GOOD[30].replace(",", ",x"), *GOOD[31:]]
    pipeline.write(broken)
    pipeline.ingest()
    assert [line for _, line, _, _ in rejected(pipeline)] == [32]
    pipeline.write(GOOD)

    result = pipeline.ingest()

    assert rejected(pipeline) == []
    assert pipeline.table() == readings(GOOD)
    assert (result.counts.late, result.counts.new) == (1, 0)


def test_rows_that_are_all_rejected_are_kept_though_nothing_is_new(pipeline: Pipeline) -> None:
    pipeline.write(GOOD)
    pipeline.ingest()
    before = pipeline.state_file.read_bytes()
    pipeline.append(["bad"])

    result = pipeline.ingest()

    assert result.outcome == "nothing new"
    assert [(line, raw) for _, line, raw, _ in rejected(pipeline)] == [(62, "bad")]
    assert pipeline.state_file.read_bytes() == before
    assert pipeline.ingest().counts.read == 0


# --- The last line -------------------------------------------------------------------------------


def test_a_last_line_without_newline_waits_and_loads_with_the_next_run(pipeline: Pipeline) -> None:
    pipeline.write(GOOD[:-1])
    append_bytes(pipeline, GOOD[-1].encode())

    first = pipeline.ingest()

    assert first.findings.waiting == ["hr.csv"]
    assert first.counts.read == len(GOOD) - 1
    assert pipeline.table() == readings(GOOD[:-1])

    second = pipeline.ingest()

    assert (second.counts.read, second.counts.new) == (1, 1)
    assert pipeline.table() == readings(GOOD)
    assert pipeline.ingest().counts.read == 0


@pytest.mark.parametrize("runs_before", [1, 2])
def test_a_last_line_completed_by_an_append_has_its_complete_value(
    pipeline: Pipeline, runs_before: int
) -> None:
    pipeline.write(GOOD)
    append_bytes(pipeline, b"2024-01-01 12:00:00,61")
    for _ in range(runs_before):
        pipeline.ingest()
    append_bytes(pipeline, b".5\n2024-01-01 12:00:01,62\n")

    pipeline.ingest()

    assert pipeline.table() == readings(
        [*GOOD, "2024-01-01 12:00:00,61.5", "2024-01-01 12:00:01,62"]
    )
    assert rejected(pipeline) == []


def test_half_a_line_is_rejected_only_until_it_is_completed(pipeline: Pipeline) -> None:
    pipeline.write(GOOD)
    append_bytes(pipeline, b"2024-01-01 12:0")
    pipeline.ingest()
    assert rejected(pipeline) == []
    pipeline.ingest()
    assert [line for _, line, _, _ in rejected(pipeline)] == [len(GOOD) + 2]
    append_bytes(pipeline, b"0:00,61.5\n")

    pipeline.ingest()

    assert rejected(pipeline) == []
    assert pipeline.table() == readings([*GOOD, "2024-01-01 12:00:00,61.5"])


def test_a_file_of_a_header_and_an_unfinished_line_waits(pipeline: Pipeline) -> None:
    pipeline.write([])
    append_bytes(pipeline, b"2024-01-01 12:00:00,61.5")

    first = pipeline.ingest()

    assert (first.outcome, first.findings.waiting, first.counts.read) == (
        "nothing new",
        ["hr.csv"],
        0,
    )
    pipeline.ingest()
    assert pipeline.table() == readings(["2024-01-01 12:00:00,61.5"])
