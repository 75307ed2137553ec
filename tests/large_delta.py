"""Lets every delta count as large, so that it is bulk-loaded with the table's other readings."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from loader.stage import load_method


@contextmanager
def every_delta_is_large() -> Iterator[None]:
    """Real large deltas, a million readings, would take a minute each."""
    with mock.patch.multiple(load_method, LARGE_DELTA=1, LARGE_SHARE=10**9):
        yield
