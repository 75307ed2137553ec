"""Waiting for an event, never for a time."""

import time
from collections.abc import Callable

DEADLINE = 60.0


def until(happened: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
    """Wait until ``happened`` gives something true.

    Raises:
        TimeoutError: it did not within ``deadline`` seconds.
    """
    end = time.monotonic() + deadline
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline:.0f} s for {what}")
        time.sleep(0.01)
