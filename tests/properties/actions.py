"""What happens to files, state, table and job, and how Hypothesis draws it."""

from dataclasses import dataclass

from hypothesis import strategies as st

from loader.mode import Mode
from tests.properties.folder import BAD_TEXTS, NAMES, VALUES, Line, device_reading, reading


@dataclass(frozen=True)
class Put:
    """A file arrives, or is regenerated."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Append:
    """Lines are added at the end: new, late or repeated ones."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Insert:
    """Forgotten lines appear in the middle."""

    name: str
    place: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class DropLines:
    """Lines are no longer there."""

    name: str
    places: frozenset[int]


@dataclass(frozen=True)
class DropDay:
    """All of one day is no longer there."""

    name: str
    day: int


@dataclass(frozen=True)
class Swap:
    """Two lines change places."""

    name: str
    one: int
    other: int


@dataclass(frozen=True)
class Reverse:
    """All lines come in another order."""

    name: str


@dataclass(frozen=True)
class Correct:
    """A value is corrected in place: same size, and maybe the same modification time."""

    name: str
    place: int
    value: float
    silent: bool


@dataclass(frozen=True)
class CutLastLine:
    """The last line is still being written."""

    name: str
    in_the_value: bool


@dataclass(frozen=True)
class CompleteLastLine:
    """The writer ends the line it was at."""

    name: str


@dataclass(frozen=True)
class Touch:
    """A file is written again as it was."""

    name: str


@dataclass(frozen=True)
class TakeAway:
    """A file vanishes."""

    name: str


@dataclass(frozen=True)
class BringBack:
    """A vanished file comes back as it was."""

    name: str


@dataclass(frozen=True)
class Rename:
    """A file goes by another name from now on; one that has that name is replaced."""

    name: str
    other: str


@dataclass(frozen=True)
class SpoilState:
    """``last_OK_run.json`` is deleted (None) or holds something else."""

    text: str | None


@dataclass(frozen=True)
class LoseTable:
    """Somebody empties the table behind our back."""

    statement: str


@dataclass(frozen=True)
class Run:
    """A run, which may crash at its n-th step or sign of progress."""

    mode: Mode = Mode.DELTA
    crash_at: int | None = None
    allow_shrink: bool = False


Action = (
    Put
    | Append
    | Insert
    | DropLines
    | DropDay
    | Swap
    | Reverse
    | Correct
    | CutLastLine
    | CompleteLastLine
    | Touch
    | TakeAway
    | BringBack
    | Rename
    | SpoilState
    | LoseTable
    | Run
)

DAYS, SECONDS = 2, 2
"""Few instants, so that files and nights meet in them."""

MORE_SECONDS = 4
"""With devices: so that one often has more readings than another."""

DEVICES = ("watch", "phone", "")
"""Few, so that they meet; some lines name none."""

names = st.sampled_from(NAMES)
places = st.integers(0, 7)
values = st.sampled_from(VALUES)
readings = st.builds(
    reading, st.integers(0, DAYS - 1), st.integers(0, SECONDS - 1), values, st.integers(0, 3)
)
bad_lines = st.sampled_from([*map(Line, BAD_TEXTS), Line("")])
lines = st.lists(st.one_of(readings, readings, readings, bad_lines), min_size=1, max_size=5).map(
    tuple
)

device_lines = st.lists(
    st.builds(
        device_reading,
        st.integers(0, DAYS - 1),
        st.integers(0, MORE_SECONDS - 1),
        values,
        st.sampled_from(DEVICES),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


def _changes(new_lines: st.SearchStrategy[tuple[Line, ...]]) -> st.SearchStrategy[Action]:
    """What happens to files with lines like these."""
    return st.one_of(
        st.builds(Append, names, new_lines),
        st.builds(Put, names, new_lines),
        st.builds(Insert, names, places, new_lines),
        st.builds(DropLines, names, st.frozensets(places, min_size=1, max_size=3)),
        st.builds(DropDay, names, st.integers(0, DAYS - 1)),
        st.builds(Swap, names, places, places),
        st.builds(Reverse, names),
        st.builds(Correct, names, places, values, st.booleans()),
        st.builds(CutLastLine, names, st.booleans()),
        st.builds(CompleteLastLine, names),
        st.builds(Touch, names),
        st.builds(TakeAway, names),
        st.builds(BringBack, names),
        st.builds(Rename, names, names),
        st.builds(
            SpoilState,
            st.sampled_from(
                [None, "", '{"last_OK_run": "20', '{"last_OK_run": "2031-01-01T00:00:00+00:00"}']
            ),
        ),
        st.builds(LoseTable, st.sampled_from(["truncate heart_rate", "drop table heart_rate"])),
    )


runs: st.SearchStrategy[Action] = st.one_of(
    st.builds(Run),
    st.builds(Run),
    st.builds(Run, st.just(Mode.DELTA), st.integers(0, 11)),
    st.builds(
        Run,
        st.sampled_from([Mode.RECONCILE, Mode.REBUILD]),
        st.one_of(st.none(), st.integers(0, 11)),
        st.booleans(),
    ),
)


def _nights(changes: st.SearchStrategy[Action]) -> st.SearchStrategy[tuple[Action, ...]]:
    """What happens between two nights, and the night's run."""
    changed = st.lists(changes, min_size=1, max_size=2)
    return st.builds(lambda changed, run: (*changed, run), changed, runs)


nights = _nights(_changes(lines))
device_nights = _nights(_changes(device_lines))
"""The same in files that name devices."""
