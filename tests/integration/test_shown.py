"""Names and text of others in what people look at: one printable line each, kept as they are."""

import re
from pathlib import Path

import pytest

from scripts.report.page import render
from scripts.report.study import read_study
from tests.pipeline import Pipeline, seconds

ESCAPE = "\x1b[2J\x1b[31mred"
OVERRIDE = "P\u202e100"
INVISIBLE = "P0\u200b01\u2066"
MARKUP = "<script>alert(1)</script>"
NAMES = [ESCAPE, OVERRIDE, INVISIBLE, MARKUP]
OURS = r"<(style|svg).*?</\1>|<script type=.*?</script>"
"""What isn't text, on a page of the report."""
SHOWN = ["\\x1b[2J\\x1b[31mred", "P\\u202e100", "P0\\u200b01\\u2066", MARKUP]
TIMES = [f"4/12/2016 7:{minute:02}:00 AM" for minute in range(30)]


@pytest.fixture
def hostile(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Names in the rows of a file and in folders, and text in rejected rows, loaded once."""
    pipeline.environment["FITBIT_TIMEZONE"] = "UTC"
    monkeypatch.setenv("FITBIT_TIMEZONE", "UTC")
    rows = [f"{name},{time},{60 + number}" for name in NAMES for number, time in enumerate(TIMES)]
    pipeline.write([*rows, f"{OVERRIDE},{ESCAPE},60"], "Id,Time,Value", "study\u202e.csv")
    name = "participant_id=new\nline\x1b[0m/hr.csv"
    pipeline.write(seconds("2016-04-12 07:00:00", range(60, 90)), name=name)
    return pipeline


def assert_shown(text: str) -> None:
    """Every line can be printed as it is."""
    unprintable = [line for line in text.splitlines() if not line.isprintable()]
    assert unprintable == []
    assert len(text.split("\n")) == len(text.splitlines()) + text.endswith("\n")


def test_everything_a_person_looks_at_is_printable(hostile: Pipeline) -> None:
    study = str(hostile.data / "study\u202e.csv")
    inspected = hostile.loader("inspect", study)
    assert_shown(inspected.stdout + inspected.stderr)
    assert all(shown in inspected.stdout for shown in SHOWN[:3])
    assert f"{SHOWN[1]},{SHOWN[0]},60" in inspected.stdout

    loaded = hostile.loader("ingest")
    assert (loaded.returncode, hostile.loader("status").returncode) == (0, 0)
    assert_shown(loaded.stdout + loaded.stderr + hostile.loader("status").stdout)

    # The original is kept: psql and programs see what was in the file.
    participants = {
        who for (who,) in hostile.query("select participant_id from ingest.participants")
    }
    assert participants == {*NAMES, "new\\nline\\x1b[0m"}
    assert hostile.query("select raw from ingest.rejected_rows") == [(f"{OVERRIDE},{ESCAPE},60",)]

    hostile.query("delete from heart_rate where value = 61")
    verified = hostile.loader("verify")
    assert verified.returncode == 1
    assert_shown(verified.stdout + verified.stderr)
    assert all(f"  {shown}  2016-04-12  missing 1" in verified.stdout for shown in SHOWN)

    for name in (ESCAPE, SHOWN[0]):
        refused = hostile.loader("forget", name, "--yes")
        assert "would bring participant \\x1b[2J\\x1b[31mred back" in refused.stderr
        assert_shown(refused.stderr)
    for name in (MARKUP, SHOWN[0], OVERRIDE):
        page = render(read_study(hostile.environment, name))
        text = re.sub(OURS, "", page, flags=re.DOTALL)
        assert_shown(text)
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "P\\u202e100" in page


def test_a_failed_runs_error_is_shown_like_that_too(hostile: Pipeline) -> None:
    (hostile.data / "cut\u202e.json").write_text(
        '[{"dateTime":"01/01/24 00:00:00","value":{"bpm":61}},{'
    )
    failed = hostile.loader("ingest")
    assert failed.returncode == 65
    told = hostile.loader("status").stdout
    assert "cut\\u202e.json" in told
    assert_shown(failed.stdout + failed.stderr + told)


def test_what_dbt_compiles_and_its_docs_name_nobody(pipeline: Pipeline, tmp_path: Path) -> None:
    """One participant is staged, which a data test has a case of its own for."""
    who = "</script><script>call_of_P001()</script>"
    rows = [f"{who},{time},{60 + number}" for number, time in enumerate(TIMES)]
    pipeline.write(rows, "Id,Time,Value")
    target = tmp_path / "target"
    environment = {"FITBIT_TIMEZONE": "UTC", "DBT_TARGET_PATH": str(target)}
    assert pipeline.loader("ingest", **environment).returncode == 0
    assert pipeline.query("select distinct participant_id from heart_rate") == [(who,)]

    documented = pipeline.dbt("docs", "generate", "--static", **environment)

    assert documented.returncode == 0, documented.stdout
    named = [
        file
        for file in target.rglob("*")
        if file.is_file() and b"call_of_P001" in file.read_bytes()
    ]
    assert [str(file.relative_to(target)) for file in named] == []
