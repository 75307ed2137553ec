"""Histories on which the loader once failed, as small as Hypothesis or thought made them."""

import pytest

from loader.mode import Mode
from tests.pipeline import Pipeline
from tests.properties.actions import (
    Action,
    Append,
    Correct,
    DropDay,
    LoseTable,
    Put,
    Run,
)
from tests.properties.folder import Line, reading
from tests.properties.world import World

pytestmark = pytest.mark.without_marts

FIRST, LAST = "B.csv", "hr.csv"
"""The last one wins."""

AFTER_THE_MERGE = 7
"""The sign of life that a one-file night gives between dbt and the commit."""

LOW, HIGH = 61.5, 62.0

HISTORIES: dict[str, list[Action]] = {
    # The other file's reading stands again, though that file itself is unchanged.
    "a day that the winning file drops altogether": [
        Put(FIRST, (reading(0, 0, LOW), reading(1, 0, LOW))),
        Put(LAST, (reading(0, 0, HIGH), reading(2, 0, HIGH))),
        Run(),
        DropDay(LAST, 0),
        Run(),
    ],
    # The other file is appended to in the same night: only its new part would be read.
    "a day that the winning file drops while the other grows": [
        Put(FIRST, (reading(0, 0, LOW),)),
        Put(LAST, (reading(0, 0, HIGH), reading(2, 0, HIGH))),
        Run(),
        DropDay(LAST, 0),
        Append(FIRST, (reading(0, 1, LOW),)),
        Run(),
    ],
    # The file is again what the ledger knows, the table is not.
    "a correction that is taken back after a run died behind its merge": [
        Put(LAST, (reading(0, 0, LOW),)),
        Run(),
        Correct(LAST, 0, HIGH, silent=False),
        Run(crash_at=AFTER_THE_MERGE),
        Correct(LAST, 0, LOW, silent=False),
        Run(),
    ],
    # No reading of the ledger's is in the table, and it must not be looked for for ever.
    "the latest reading dropped by a rebuild": [
        Put(LAST, (reading(0, 0, LOW), reading(1, 0, LOW))),
        Run(),
        DropDay(LAST, 1),
        Run(Mode.REBUILD, allow_shrink=True),
        Run(),
    ],
    "the latest reading vanished, and then the table": [
        Put(LAST, (reading(0, 0, LOW), reading(1, 0, LOW))),
        Run(),
        DropDay(LAST, 1),
        LoseTable("truncate heart_rate"),
        Run(),
    ],
    # A rebuild that was told to shrink shrinks to nothing, too.
    "the last reading is dropped, and then all is rebuilt": [
        Put(LAST, (reading(0, 0, LOW), reading(1, 0, LOW))),
        Run(),
        DropDay(LAST, 0),
        DropDay(LAST, 1),
        Put(LAST, (Line("61.5"),)),
        Run(),
    ],
    # No run has ever ended well, but the ledger knows files.
    "a table lost while some file was always refused": [
        Put(FIRST, ()),
        Put(LAST, (reading(0, 0, LOW),)),
        Run(),
        LoseTable("drop table heart_rate"),
        Put(FIRST, (reading(1, 0, LOW),)),
        Run(),
    ],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_history(pipeline: Pipeline, history: str) -> None:
    world = World(pipeline)
    for action in HISTORIES[history]:
        world.act(action)
    world.finish()
