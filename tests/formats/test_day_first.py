"""Dates with the day first: the whole file decides, and nothing is at the wrong day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loader.errors import ExitCode
from tests.formats import fixtures
from tests.formats.loaded import assert_table_holds, people, said
from tests.formats.readings import Reading, expect
from tests.pipeline import Pipeline

pytestmark = pytest.mark.without_marts

MONTH, DAY = "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"
UNDECIDED = ["4/5/2016 10:00", "5/5/2016 10:00", "12/11/2016 7:21"]
SHOWS_DAY, SHOWS_MONTH = "13/4/2016 10:00", "4/13/2016 10:00"


def study(times: list[str], who: str = "P1", start: int = 60) -> str:
    """Rows of a study."""
    return "".join(f"{who},{time},{start + n}\n" for n, time in enumerate(times))


def meant(times: list[str], form: str, who: str = "P1", start: int = 60) -> list[Reading]:
    """The readings of these rows, if their dates have this form and the zone is UTC."""
    instants = [datetime.strptime(time, form).replace(tzinfo=UTC) for time in times]
    return [Reading(who, instant, float(start + n)) for n, instant in enumerate(instants)]


def ingest(pipeline: Pipeline, *command: str) -> str:
    done = pipeline.loader(*(command or ("ingest",)), FITBIT_TIMEZONE="UTC")
    assert done.returncode == ExitCode.OK, said(done)
    return said(done)


def refused(pipeline: Pipeline, *arguments: str) -> str:
    done = pipeline.loader("ingest", *arguments, FITBIT_TIMEZONE="UTC")
    assert done.returncode == ExitCode.BAD_INPUT, said(done)
    (line,) = [line for line in done.stderr.splitlines() if "error: " in line]
    return line


def test_the_whole_file_decides(pipeline: Pipeline) -> None:
    """Its last row; and each file of a run for itself, in whatever order they are read."""
    files = {
        "a.csv": ("Id,Time,Value\n" + study([*UNDECIDED, SHOWS_DAY], "A"), DAY),
        "b.csv": ("Id,Time,Value\n" + study([*UNDECIDED, SHOWS_MONTH], "B"), MONTH),
        "c.csv": (
            f"Title\nId;Time;Value\n{study([*UNDECIDED, SHOWS_DAY], 'C')}".replace(",", ";"),
            DAY,
        ),
        "d.csv": ("Id,Time,Value\n" + study(UNDECIDED, "D"), MONTH),
        "E_heartrate_1min_20160405_20161211.csv": (
            "Time,Value\n" + study([*UNDECIDED, SHOWS_DAY], "E").replace("E,", ""),
            DAY,
        ),
    }
    readings: list[Reading] = []
    for name, (text, form) in files.items():
        fixtures.write(pipeline.data / name, text)
        shown = {DAY: [SHOWS_DAY], MONTH: [SHOWS_MONTH] if name != "d.csv" else []}[form]
        readings += meant([*UNDECIDED, *shown], form, name[0].upper())

    ingest(pipeline)

    assert_table_holds(pipeline, expect(readings))
    assert people(pipeline) == {"A", "B", "C", "D", "E"}
    assert pipeline.query("select path from ingest.files where day_first order by 1") == [
        *(("E_heartrate_1min_20160405_20161211.csv",), ("a.csv",), ("c.csv",))
    ]
    ingest(pipeline, "verify")


def test_a_file_that_contradicts_itself_is_refused_with_both_lines(pipeline: Pipeline) -> None:
    fixtures.write(pipeline.data / "good.csv", "Id,Time,Value\n" + study(UNDECIDED, "good"))
    times = [*UNDECIDED, SHOWS_MONTH, UNDECIDED[0], SHOWS_DAY]
    fixtures.write(pipeline.data / "bad.csv", "A title\nId,Time,Value\n" + study(times, "bad"))

    line = refused(pipeline)

    assert (
        "bad.csv: the date in line 6 exists only with the month first, that in line 8 only" in line
    )
    assert_table_holds(pipeline, expect(meant(UNDECIDED, MONTH, "good")))
    assert people(pipeline) == {"good"}


@pytest.mark.parametrize(
    "odd", ["13/13/2016 10:00", "31/2/2016 10:00", "13/4/2016 25:00", "13/4/16x"]
)
def test_a_row_that_is_no_date_shows_nothing(pipeline: Pipeline, odd: str) -> None:
    text = "Id,Time,Value\n" + study([*UNDECIDED, odd, SHOWS_MONTH])
    fixtures.write(pipeline.data / "study.csv", text)
    ingest(pipeline)
    rows = [
        row for row in meant([*UNDECIDED, UNDECIDED[0], SHOWS_MONTH], MONTH) if row.value != 63.0
    ]
    assert_table_holds(pipeline, expect(rows))


def append(path: Path, *times: str, start: int) -> None:
    with path.open("a") as stream:
        stream.write(study(list(times), start=start))


def test_appended_rows_that_contradict_the_loaded_ones_are_refused(pipeline: Pipeline) -> None:
    path = pipeline.data / "study.csv"
    fixtures.write(path, "Id,Time,Value\n" + study(UNDECIDED))
    ingest(pipeline)
    loaded = expect(meant(UNDECIDED, MONTH))
    append(path, UNDECIDED[0].replace("10:00", "11:00"), SHOWS_DAY, start=63)

    for arguments in ([], [], ["--reconcile"]):
        line = refused(pipeline, *arguments)
        assert (
            "the date in line 6 has the day first, but its rows are loaded with the month" in line
        )
        assert "make full-refresh" in line
        assert_table_holds(pipeline, loaded)

    ingest(pipeline, "ingest", "--full-refresh", "--allow-shrink")
    times = [*UNDECIDED, "4/5/2016 11:00", SHOWS_DAY]
    assert_table_holds(pipeline, expect(meant(times, DAY)))
    ingest(pipeline)
    assert_table_holds(pipeline, expect(meant(times, DAY)))


def test_appended_rows_are_read_as_the_loaded_ones(pipeline: Pipeline) -> None:
    path = pipeline.data / "study.csv"
    fixtures.write(path, "Id,Time,Value\n" + study([*UNDECIDED, SHOWS_DAY]))
    ingest(pipeline)
    append(path, "4/5/2016 11:00", "5/5/2016 11:00", start=64)
    ingest(pipeline)
    times = [*UNDECIDED, SHOWS_DAY, "4/5/2016 11:00", "5/5/2016 11:00"]
    assert_table_holds(pipeline, expect(meant(times, DAY)))
    # The rows have the same order when they are read again with the whole file.
    ingest(pipeline, "ingest", "--reconcile")
    ingest(pipeline, "verify")
    assert_table_holds(pipeline, expect(meant(times, DAY)))

    append(path, "4/14/2016 11:00", start=66)

    line = refused(pipeline)
    assert "the date in line 8 has the month first, but its rows are loaded with the day" in line
    assert_table_holds(pipeline, expect(meant(times, DAY)))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            [*UNDECIDED, SHOWS_DAY],
            "decided      dates such as 4/5/2016 have the day first, as line 5 shows",
        ),
        (
            [*UNDECIDED, SHOWS_MONTH],
            "decided      dates such as 4/5/2016 have the month first, as line 5 shows",
        ),
        (
            UNDECIDED,
            "decided      dates such as 4/5/2016 have the month first, as none shows another",
        ),
    ],
)
def test_inspect_says_which_comes_first_and_why(
    tmp_path: Path, dbt_target: Path, times: list[str], words: str
) -> None:
    environment = {"PGHOST": "127.0.0.1", "PGPORT": "1", "FITBIT_TIMEZONE": "UTC"}
    project = Pipeline(tmp_path, environment, dbt_target)
    fixtures.write(project.data / "study.csv", "Id,Time,Value\n" + study(times))
    done = project.loader("inspect", str(project.data / "study.csv"))
    assert done.returncode == ExitCode.OK, said(done)
    assert words in done.stdout
