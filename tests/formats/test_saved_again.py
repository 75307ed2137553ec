"""Files that programs saved again, loaded: no row is read in another zone than its file's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loader.errors import ExitCode
from tests.formats import fixtures, other_csv, shapes
from tests.formats.loaded import assert_table_holds, last_run, people, said
from tests.formats.readings import Reading, expect, in_file, last_wins, series
from tests.pipeline import Pipeline

pytestmark = pytest.mark.without_marts

BERLIN = {"FITBIT_TIMEZONE": "Europe/Berlin"}
LOCAL = [
    Reading("me", datetime(2023, 7, 1, 8, minute, tzinfo=UTC), 60.0 + minute) for minute in (0, 1)
]
"""10:00 and 10:01 in Berlin."""

MIXED: dict[str, tuple[str, list[str]]] = {
    "local.csv": (
        "datetime,bpm\n2023-07-01 10:00:00,60\n2023-07-01T10:00:30Z,99\n1688205645,99\n"
        "2023-07-01 10:01:00,61\n7/1/2023 10:00:40 AM,99\n",
        ["instant", "instant", "not understood"],
    ),
    "instants.csv": (
        "date;time;value\n2023-07-01;08:00:00Z;60\n2023-07-01;10:00:30;99\n"
        "2023-07-01;10:01+02:00;61,0\n2023-07-01 10:01;99\n",
        ["local time", "too few columns"],
    ),
    "study.csv": (
        "Id,Time,Value\nme,2023-07-01 10:00:00,60\nme,2023-07-01T10:00:30Z,99\n"
        "me,7/1/2023 10:01:00 AM,61\n",
        ["instant"],
    ),
    "me_heartrate_1min_20230701_20230701.csv": (
        "Time,Value\n7/1/2023 10:00:00 AM,60\n2023-07-01T10:00:30+02:00,99\n2023-07-01 10:01,61\n",
        ["instant"],
    ),
    "local.json": (
        json.dumps(
            [
                {"dateTime": time, "value": {"bpm": bpm}}
                for time, bpm in (
                    ("2023-07-01T10:00:00", 60),
                    ("2023-07-01T10:00:30Z", 99),
                    ("07/01/23 10:00:40", 99),
                    ("2023-07-01 10:01:00", 61),
                )
            ]
        ),
        ["instant", "American"],
    ),
    "instants.json": (
        json.dumps(
            [
                {"dateTime": time, "value": {"bpm": bpm}}
                for time, bpm in (
                    ("2023-07-01T08:00:00Z", 60),
                    ("2023-07-01T10:00:30", 99),
                    ("07/01/23 08:01:00", 61),
                )
            ]
        ),
        ["local time"],
    ),
}
"""Two readings and rows of the other kind, and what the reasons of their rejection say."""


def test_a_row_of_the_other_kind_is_rejected(pipeline: Pipeline) -> None:
    for name, (text, _) in MIXED.items():
        fixtures.write(pipeline.data / name, text)

    done = pipeline.loader("ingest", **BERLIN)

    assert done.returncode == ExitCode.OK, said(done)
    assert_table_holds(pipeline, expect(LOCAL))
    rejected = pipeline.query("select path, reason from ingest.rejected_rows order by path, line")
    for name, (_, reasons) in MIXED.items():
        found = [reason for path, reason in rejected if path == name]
        assert len(found) == len(reasons), name
        assert all(part in reason for part, reason in zip(reasons, found, strict=True)), found


LOCAL_ALONE = ["local.csv", "study.csv", "me_heartrate_1min_20230701_20230701.csv", "local.json"]


def test_without_a_zone_local_times_are_refused_and_instants_loaded(pipeline: Pipeline) -> None:
    for name, (text, _) in MIXED.items():
        fixtures.write(pipeline.data / name, text)

    done = pipeline.loader("ingest")

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    for name in LOCAL_ALONE:
        (line,) = [line for line in done.stderr.splitlines() if f" {name}: " in line]
        assert "no time zone is set" in line
    assert done.stderr.count("error: ") == len(LOCAL_ALONE)
    assert_table_holds(pipeline, expect(LOCAL))


def test_a_growing_file_stays_of_the_kind_of_its_first_rows(pipeline: Pipeline) -> None:
    path = pipeline.data / "growing.csv"
    fixtures.write(path, "datetime,bpm\n")
    fixtures.write(
        pipeline.data / "other.csv", shapes.hr_csv(series("me", "2020-01-01 00:00:00", 3))
    )
    assert pipeline.loader("ingest", **BERLIN).returncode == ExitCode.OK
    assert last_run(pipeline, "rows_read") == (3,)
    with path.open("a") as stream:
        stream.write("2023-07-01 10:00:00,60\n")
    assert pipeline.loader("ingest", **BERLIN).returncode == ExitCode.OK
    with path.open("a") as stream:
        stream.write("2023-07-01T08:00:30Z,99\n2023-07-01 10:01:00,61\n2023-07-01 10:02:00,")

    done = pipeline.loader("ingest", **BERLIN)

    assert done.returncode == ExitCode.OK, said(done)
    assert last_run(pipeline, "rows_read", "rows_rejected") == (2, 1)
    assert_table_holds(pipeline, expect([*series("me", "2020-01-01 00:00:00", 3), *LOCAL]))


def test_generic_files_lose_against_every_other(pipeline: Pipeline) -> None:
    given = {
        "z.csv": ("csv with local times", "datetime,bpm\n2023-07-01 10:00:00,60\n"),
        "y.csv": ("csv with instants", "datetime,bpm\n2023-07-01T08:00:00Z,61\n"),
        "x.csv": ("hr.csv", "timestamp,value\n2023-07-01 08:00:00,62\n"),
    }
    lines = []
    for number, (name, (file_format, text)) in enumerate(given.items()):
        fixtures.write(pipeline.data / name, text)
        lines += in_file(file_format, name, [LOCAL[0]._replace(value=60.0 + number)])
        assert pipeline.loader("ingest", **BERLIN).returncode == ExitCode.OK
        assert_table_holds(pipeline, last_wins(lines))
    assert last_wins(lines).readings[0].value == 62.0


ROWS = series("me", "2023-07-01 08:00:00", 300)
WHOLE = other_csv.in_any_form(*other_csv.LOCAL_FILES["datetime.csv"], ROWS)


def test_damaged_files_give_their_good_rows_or_are_refused(pipeline: Pipeline) -> None:
    binary = bytes(range(256)) * 2
    texts = {
        "cut": WHOLE.encode()[:-9],
        "binary": WHOLE.encode() + b"\n" + binary,
        "columns": WHOLE.replace(",", ",,").replace("datetime,,value", "datetime,value").encode(),
        "header": WHOLE.replace("datetime", "date").encode(),
        "compressed": b"\x1f\x8b" + WHOLE.encode(),
        "mark": b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode(),
    }
    for name, text in texts.items():
        fixtures.write_bytes(pipeline.data / f"participant_id={name}" / "any.csv", text)

    done = pipeline.loader("ingest", **BERLIN)

    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    assert "Traceback" not in done.stderr
    named = [line for line in done.stderr.splitlines() if "error: " in line]
    assert len(named) == 1
    assert "participant_id=compressed" in named[0]
    assert people(pipeline) == {"cut", "binary", "mark"}
    for who in ("cut", "binary", "mark"):
        rows = [row._replace(participant_id=who) for row in (ROWS[:-1] if who == "cut" else ROWS)]
        assert_table_holds(pipeline, expect(rows))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "local.csv",
            ["csv with local times: ", "Europe/Berlin", "decided      local times, because"],
        ),
        ("instants.csv", ["csv with instants: ", "UTC", "decided      instants, because"]),
        ("local.json", ["local takeout json: ", "Europe/Berlin", "decided      local times"]),
        ("study.csv", ["fitabase: ", "Europe/Berlin", "2023-07-01 08:01:00 UTC"]),
        (
            "me_heartrate_1min_20230701_20230701.csv",
            ["fitabase single: ", "participant  me\n", "file's Id column or Fitabase name"],
        ),
    ],
)
def test_inspect_says_what_was_decided(
    tmp_path: Path, dbt_target: Path, name: str, words: list[str]
) -> None:
    project = Pipeline(tmp_path, {"PGHOST": "127.0.0.1", "PGPORT": "1", **BERLIN}, dbt_target)
    fixtures.write(project.data / name, MIXED[name][0])
    done = project.loader("inspect", str(project.data / name))
    assert done.returncode == ExitCode.OK, said(done)
    for each in words:
        assert each in done.stdout, each
