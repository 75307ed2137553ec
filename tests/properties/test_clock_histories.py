"""However a history of local times arrives, piece by piece: the table ends as its true instants."""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.commands.verify.verify import verify
from loader.configuration.settings import Settings
from loader.mode import Mode
from loader.run import Request
from tests.clock_history import CHANGES, Row, pieces, rows_around, write
from tests.pipeline import Pipeline, QuietReporter
from tests.properties.world import CrashingReporter, DiedError, World

pytestmark = pytest.mark.without_marts

STEP = timedelta(minutes=11)
"""No minute of the repeated time in both passes, in most zones: a reading left behind shows."""


@dataclass(frozen=True)
class Arrive:
    """A piece arrives, all of it or its first rows; the rest is appended when it arrives again."""

    piece: int
    rows: int | None


@dataclass(frozen=True)
class Rename:
    """A file goes by a new name, in the same place of the order."""

    piece: int


@dataclass(frozen=True)
class Night:
    """What happens, and the run after it, which may crash at its n-th sign of life."""

    changes: tuple[Arrive | Rename, ...]
    mode: Mode = Mode.DELTA
    crash_at: int | None = None
    state_is_lost: bool = False


some_piece = st.integers(0, 3)
nights = st.lists(
    st.builds(
        Night,
        st.lists(
            st.one_of(
                st.builds(Arrive, some_piece, st.none() | st.integers(1, 12)),
                st.builds(Rename, some_piece),
            ),
            min_size=1,
            max_size=3,
        ).map(tuple),
        st.sampled_from([Mode.DELTA, Mode.DELTA, Mode.RECONCILE]),
        st.none() | st.integers(0, 11),
        st.booleans(),
    ),
    max_size=3,
)


class History:
    """Files of local times, and how much of each has arrived."""

    def __init__(self, pipeline: Pipeline, cut: "list[list[Row]]") -> None:
        self._data = pipeline.data
        self._pieces = cut
        self._arrived = [0] * len(cut)
        self._names = [f"{number}.csv" for number in range(len(cut))]

    def arrive(self, number: int, rows: int | None) -> None:
        piece = number % len(self._pieces)
        content = self._pieces[piece]
        self._arrived[piece] = max(self._arrived[piece], len(content) if rows is None else rows)
        write(self._data, self._names[piece], content[: self._arrived[piece]])

    def rename(self, number: int) -> None:
        piece = number % len(self._pieces)
        before = self._data / self._names[piece]
        self._names[piece] = self._names[piece].replace(".csv", "-again.csv")
        if before.exists():
            before.rename(self._data / self._names[piece])


@given(
    change=st.sampled_from(sorted(CHANGES)),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=3),
    backwards=st.booleans(),
    happens=nights,
    last=st.permutations(range(4)),
)
@settings(max_examples=max(3, settings().max_examples // 5))
def test_the_pieces_of_a_clock_history_arrive_in_any_order(
    pipeline: Pipeline,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
    cuts: list[int],
    backwards: bool,
    happens: list[Night],
    last: list[int],
) -> None:
    zone, instant = CHANGES[change]
    monkeypatch.setenv("FITBIT_TIMEZONE", zone)
    reach = timedelta(hours=2)
    rows = rows_around(change, step=STEP, reach=reach)
    true = {
        (row.participant, (instant - reach + n * STEP).replace(tzinfo=UTC), row.value)
        for n, row in enumerate(rows)
    }
    World(pipeline)
    ordered = rows[::-1] if backwards else rows
    history = History(pipeline, [list(piece) for piece in pieces(ordered, cuts)])
    for night in happens:
        play(pipeline, history, night)
    for late in (last[:2], last[2:]):
        for piece in late:
            history.arrive(piece, None)
        run(pipeline)
    assert pipeline.table() == true
    assert run(pipeline) == "nothing new"
    found = verify(Settings.from_env(os.environ), QuietReporter())
    assert (found.ok, found.differences) == (True, [])


def play(pipeline: Pipeline, history: History, night: Night) -> None:
    for change in night.changes:
        if isinstance(change, Arrive):
            history.arrive(change.piece, change.rows)
        else:
            history.rename(change.piece)
    if night.state_is_lost:
        pipeline.state_file.unlink(missing_ok=True)
    if any(pipeline.data.iterdir()):
        with contextlib.suppress(DiedError):
            pipeline.ingest(Request(mode=night.mode), CrashingReporter(crash_at=night.crash_at))


def run(pipeline: Pipeline) -> str:
    result = pipeline.ingest()
    assert not result.findings.faults
    result.counts.check()
    return result.outcome
