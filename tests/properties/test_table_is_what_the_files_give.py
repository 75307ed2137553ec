"""Whatever happens to the files, the state and the job: the table is what the files give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline import Pipeline
from tests.properties.actions import Action, Put, Run, lines, names, nights
from tests.properties.folder import Line
from tests.properties.world import World

pytestmark = pytest.mark.without_marts


@given(
    first=st.dictionaries(names, lines, min_size=2),
    history=st.lists(nights, min_size=2, max_size=6),
)
def test_any_history_of_files_and_runs_ends_in_the_right_table(
    pipeline: Pipeline, first: dict[str, tuple[Line, ...]], history: list[tuple[Action, ...]]
) -> None:
    world = World(pipeline)
    play(world, [Put(name, content) for name, content in first.items()])
    play(world, [Run()])
    for night in history:
        play(world, night)
    world.finish()


def play(world: World, actions: "list[Action] | tuple[Action, ...]") -> None:
    for action in actions:
        world.act(action)
