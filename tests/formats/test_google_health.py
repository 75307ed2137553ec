"""Answers of the Google Health API over several nights, and pages that are missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loader.errors import ExitCode
from loader.find.incomplete import incomplete_answers
from loader.ledger.fingerprint import Fingerprint
from loader.ledger.known_files import KnownFile
from tests.formats import shapes
from tests.formats.fixtures import write
from tests.formats.loaded import said
from tests.formats.readings import Reading, series
from tests.pipeline import Pipeline

ZONE = ZoneInfo("Europe/London")
DAY = series("me", "2026-10-25 00:00:00", 90, step=60)
"""The night in which the clocks of London are set back."""

pytestmark = pytest.mark.without_marts


def page(readings: Sequence[Reading], token: str) -> str:
    points = [shapes.google_point(reading, ZONE) for reading in reversed(readings)]
    return json.dumps({"dataPoints": points, "nextPageToken": token})


def known(name: str, continues: bool) -> KnownFile:
    return KnownFile(
        name=name,
        format="google health json",
        size=0,
        stamp=0,
        lines_read=0,
        unterminated_line_taken=False,
        fingerprint=Fingerprint(),
        continues=continues,
    )


def in_table(pipeline: Pipeline) -> list[Reading]:
    rows = pipeline.query("select participant_id, timestamp, value from heart_rate order by 2")
    return [Reading(*row) for row in rows]


def test_a_missing_page_is_named_every_night_until_it_is_there(pipeline: Pipeline) -> None:
    folder = pipeline.data / "google-health/2026-10-25"
    write(folder / "page-1.json", page(DAY[60:], "a"))
    write(folder / "page-2.json", page(DAY[30:60], "b"))
    for _ in ("the night it was fetched", "the night after"):
        done = pipeline.loader("ingest")
        assert done.returncode == ExitCode.BAD_INPUT, said(done)
        (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
        assert "google-health/2026-10-25/page-2.json is not the last page" in line
        assert "incomplete 1 answer: following pages are missing" in done.stdout
        assert in_table(pipeline) == DAY[30:]
    assert pipeline.query("select outcome from ingest.runs") == [("failed",), ("failed",)]
    assert "page-2.json" in pipeline.loader("status").stdout
    assert pipeline.loader("verify").returncode == ExitCode.OK

    write(folder / "page-3.json", page(DAY[:30], ""))
    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.OK, said(done)
    assert in_table(pipeline) == DAY


def test_a_file_with_several_pages_ends_with_its_last_one(pipeline: Pipeline) -> None:
    """A page in its middle is followed by the next; another folder doesn't follow it."""
    pages = [page(DAY[60:], "a"), page(DAY[30:60], "b"), page(DAY[:30], "c")]
    write(pipeline.data / "one/answer.json", "\n".join(pages))
    write(pipeline.data / "two/answer.json", "\n".join([*pages[:2], page(DAY[:30], "")]))
    done = pipeline.loader("ingest")
    assert done.returncode == ExitCode.BAD_INPUT
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    assert "one/answer.json" in line
    refreshed = pipeline.loader("ingest", "--full-refresh")
    assert refreshed.returncode == ExitCode.BAD_INPUT
    assert in_table(pipeline) == DAY
    assert "one/answer.json" in pipeline.loader("inspect", str(pipeline.data)).stderr


@pytest.mark.parametrize(
    "names",
    [
        ["page.json", "page-2.json", "page-10.json"],
        ["answer.json", "answer (1).json", "answer (2).json"],
        ["2026-10-25T9.json.gz", "2026-10-25T10.json", "2026-10-25T10_1.json"],
    ],
)
def test_the_order_of_pages_is_that_of_their_numbers(names: Sequence[str]) -> None:
    pages = [known(f"google/{name}", name != names[-1]) for name in names]
    assert incomplete_answers(pages) == []
    (error,) = incomplete_answers(pages[:-1])
    assert error.what.startswith(f"google/{names[-2]} is not the last page")


@pytest.mark.parametrize(
    ("names", "before_a_gap"),
    [
        (["page-1.json", "page-2.json", "page-4.json", "page-5.json", "page-9.json"], [2, 5]),
        (["answer.json", "answer (1).json", "answer (2).json", "answer (4).json"], [2]),
        (["day-30-1.json", "day-30-2.json", "day-31-1.json", "day-31-2.json"], []),
        # Numbers that don't count pages: offsets, days with a page each, and days of two pages.
        (["from-0.json", "from-5000.json", "from-10000.json"], []),
        (["20260929.json", "20260930.json", "20260930-2.json", "20261001.json"], []),
    ],
)
def test_a_missing_number_between_pages_is_named(
    names: Sequence[str], before_a_gap: Sequence[int]
) -> None:
    pages = [known(f"google/{name}", name != names[-1]) for name in names]
    said = [error.what.partition(" is followed by ")[0] for error in incomplete_answers(pages)]
    assert [int(name.rpartition(".")[0].strip(")")[-1]) for name in said] == before_a_gap
    # A page without a token is the last of its answer.
    assert incomplete_answers([known(page.name, False) for page in pages]) == []


def test_a_refused_page_is_not_missing() -> None:
    pages = [known(f"page-{number}.json", number < 4) for number in (1, 2, 4)]
    assert incomplete_answers(pages, ["page-3.json"]) == []


def test_the_last_page_may_have_no_data_points_or_be_refused(pipeline: Pipeline) -> None:
    write(pipeline.data / "page-9.json", page(DAY, "a"))
    write(pipeline.data / "page-8.txt", "{}")
    write(pipeline.data / "notes-10.txt", "{}")
    assert pipeline.loader("ingest").returncode == ExitCode.BAD_INPUT
    write(pipeline.data / "page-10.json", json.dumps({"error": {"code": 401}}))
    assert pipeline.loader("ingest").returncode == ExitCode.BAD_INPUT
    write(pipeline.data / "page-10.json", page(DAY[:9], "")[:-9])
    refused = pipeline.loader("ingest")
    assert "page-10.json" in refused.stderr
    assert "page-9.json" not in refused.stderr
    write(pipeline.data / "page-10.json", '{\n  "dataPoints": []\n}\n')
    for _ in ("the night it was fetched", "the night after"):
        done = pipeline.loader("ingest")
        assert done.returncode == ExitCode.OK, said(done)
    assert in_table(pipeline) == DAY
    assert pipeline.loader("inspect", str(pipeline.data)).returncode == ExitCode.OK


def test_half_a_surrogate_pair_is_rejected_alone(pipeline: Pipeline) -> None:
    points: list[Any] = [shapes.google_point(reading, ZONE) for reading in DAY]
    for point, value in zip(points, ("\ud800", "72\udc00", float("nan")), strict=False):
        point["heartRate"]["beatsPerMinute"] = value
    points[3]["name"] = points[4]["name"] = "\udfff"
    points[4]["heartRate"]["sampleTime"] = {}
    write(pipeline.data / "answer.json", json.dumps({"dataPoints": points}))
    pipeline.ingest()
    assert in_table(pipeline) == [DAY[3], *DAY[5:]]
    assert pipeline.query("select line, reason from ingest.rejected_rows order by line") == [
        (1, "value is not a number"),
        (2, "value is not a number"),
        (3, "value is not finite"),
        (5, "no timestamp"),
    ]


def test_an_error_instead_of_the_next_page_does_not_end_an_answer(pipeline: Pipeline) -> None:
    error = json.dumps({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}})
    write(pipeline.data / "answer.json", f"{page(DAY[30:], 'a')}\n{error}\n")
    done = pipeline.loader("ingest")
    assert done.returncode == ExitCode.BAD_INPUT
    assert "answer.json is not the last page" in done.stderr
    write(pipeline.data / "answer.json", f"{page(DAY[30:], 'a')}\n{error}\n{page(DAY[:30], '')}")
    pipeline.ingest()
    assert in_table(pipeline) == DAY
    assert pipeline.query("select count(*) from ingest.rejected_rows") == [(1,)]


def test_two_nights_overlap(pipeline: Pipeline) -> None:
    """The second night fetches both days again, a late reading among them, as CSV."""
    write(pipeline.data / "2026-10-25.json", page(DAY[:40] + DAY[41:60], ""))
    pipeline.ingest()
    write(pipeline.data / "2026-10-26.csv", shapes.google_csv(DAY, ZONE))
    pipeline.ingest()
    assert in_table(pipeline) == DAY
    counts = "rows_read, rows_new, rows_late, rows_unchanged, rows_duplicate, conflicts"
    (row,) = pipeline.query(f"select {counts} from ingest.runs order by run_id desc limit 1")
    assert row == (149, 30, 1, 59, 59, 0)
