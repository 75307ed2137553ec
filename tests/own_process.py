"""What a run finds in a process of its own, given to the many that tests make in this one.

Whenever dbt makes its adapter it walks, for every flag of the adapter's behavior, all the calls
that led there. Below pytest and Hypothesis these are more than twice as many as below the loader.
The list of flags, which is the module's own, grows by one with each run: every run would cost more
than the one before.

A run leaves dbt's objects to the end of its process, where the garbage collector doesn't look at
them. Here they would add up: a process of many tests grew to 4 GB.
"""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")

MOST_LEFT = 1_200_000
"""Objects that are left: those of three runs, some 200 MB."""


def as_in_own_process(run: Callable[[], Result]) -> Result:
    """What ``run`` returns or raises; called in a thread, where few calls lead to it."""
    with (
        _flags_as_they_were(),
        ThreadPoolExecutor(max_workers=1) as thread,
    ):
        return thread.submit(run).result()


@contextmanager
def _flags_as_they_were() -> Iterator[None]:
    # Imported here: it costs a second, and most tests make no run in this process.
    from dbt.adapters.base import impl

    flags = impl.DEFAULT_BASE_BEHAVIOR_FLAGS
    before = list(flags)
    try:
        yield
    finally:
        flags[:] = before
        if gc.get_freeze_count() > MOST_LEFT:
            gc.unfreeze()
            gc.collect()
