"""Whatever happens to the files, the state and the job: the table is what the files give."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.large_delta import every_delta_is_large
from tests.pipeline import Pipeline
from tests.properties.actions import (
    Action,
    Put,
    Run,
    device_lines,
    device_nights,
    lines,
    names,
    nights,
)
from tests.properties.folder import DEVICE_HEADER, HEADER, Line
from tests.properties.world import World

HALF = settings().max_examples // 2

pytestmark = pytest.mark.without_marts


@given(
    first=st.dictionaries(names, lines, min_size=2),
    history=st.lists(nights, min_size=2, max_size=6),
)
def test_any_history_of_files_and_runs_ends_in_the_right_table(
    pipeline: Pipeline, first: dict[str, tuple[Line, ...]], history: list[tuple[Action, ...]]
) -> None:
    play_all(pipeline, first, history)


@settings(max_examples=HALF)
@given(
    first=st.dictionaries(names, lines, min_size=2),
    history=st.lists(nights, min_size=2, max_size=6),
)
def test_any_history_in_which_every_delta_is_large(
    pipeline: Pipeline, first: dict[str, tuple[Line, ...]], history: list[tuple[Action, ...]]
) -> None:
    with every_delta_is_large():
        play_all(pipeline, first, history)


def play_all(
    pipeline: Pipeline,
    first: dict[str, tuple[Line, ...]],
    history: list[tuple[Action, ...]],
    header: str = HEADER,
) -> None:
    world = World(pipeline, header)
    play(world, [Put(name, content) for name, content in first.items()])
    play(world, [Run()])
    for night in history:
        play(world, night)
    world.finish()


@given(
    first=st.dictionaries(names, device_lines, min_size=2),
    history=st.lists(device_nights, min_size=2, max_size=6),
)
def test_any_history_of_devices_ends_in_the_right_table(
    pipeline: Pipeline, first: dict[str, tuple[Line, ...]], history: list[tuple[Action, ...]]
) -> None:
    play_all(pipeline, first, history, DEVICE_HEADER)


def play(world: World, actions: "list[Action] | tuple[Action, ...]") -> None:
    for action in actions:
        world.act(action)
