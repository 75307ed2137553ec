"""A folder of fixtures that the loader has read, and how its table is compared with them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.formats.readings import Expected, Reading
from tests.pipeline import Pipeline

SHOWN = 3


@dataclass(frozen=True)
class Loaded:
    """A project after one run over fixtures.

    Attributes:
        pipeline: the project; no test may change it.
        done: the `loader ingest` that read the files.
        expected: by the fixture's name, what it should have given.
    """

    pipeline: Pipeline
    done: subprocess.CompletedProcess[str]
    expected: dict[str, Expected]


def table_of(pipeline: Pipeline, participants: Iterable[str]) -> set[Reading]:
    """What heart_rate holds of these people."""
    rows = pipeline.query(
        "select participant_id, timestamp, value, confidence from heart_rate"
        " where participant_id = any(%s)",
        [list(participants)],
    )
    return {Reading(*row) for row in rows}


def assert_table_holds(pipeline: Pipeline, expected: Expected) -> None:
    """The table has exactly these readings of these people."""
    found, wanted = table_of(pipeline, expected.participants), set(expected.readings)
    missing, unexpected = sorted(wanted - found), sorted(found - wanted)
    assert not missing, f"{len(missing)} missing of {len(wanted)}: {missing[:SHOWN]}"
    assert not unexpected, f"{len(unexpected)} unexpected: {unexpected[:SHOWN]}"


def people(pipeline: Pipeline) -> set[str]:
    """Everybody in the table; nobody where no run has made it yet."""
    ((made,),) = pipeline.query("select to_regclass('public.heart_rate') is not null")
    if not made:
        return set()
    return {who for (who,) in pipeline.query("select distinct participant_id from heart_rate")}


def first_run(pipeline: Pipeline, *columns: str) -> tuple[Any, ...]:
    """Columns of the oldest row of ingest.runs."""
    return _run(pipeline, "run_id", columns)


def last_run(pipeline: Pipeline, *columns: str) -> tuple[Any, ...]:
    """Columns of the newest row of ingest.runs."""
    return _run(pipeline, "run_id desc", columns)


def _run(pipeline: Pipeline, order: str, columns: Iterable[str]) -> tuple[Any, ...]:
    (row,) = pipeline.query(
        f"select {', '.join(columns)} from ingest.runs order by {order} limit 1"
    )
    return tuple(row)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """All that a command told a person."""
    return done.stdout + done.stderr


def numbers_about(text: str, pattern: str) -> set[int]:
    """The whole numbers in the lines that a pattern is found in."""
    lines = [line for line in text.splitlines() if re.search(pattern, line, re.IGNORECASE)]
    found = re.findall(r"\d{1,3}(?:,\d{3})+|\d+", " ".join(lines))
    return {int(number.replace(",", "")) for number in found}
