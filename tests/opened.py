"""Which files this process opens, whatever opens them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_watches: list[tuple[Path, set[str]]] = []


@contextmanager
def files_opened_below(folder: Path) -> Iterator[set[str]]:
    """Gives the names, below the folder, of the files that are opened while this is open."""
    if not _watch_is_installed:
        sys.addaudithook(_watch)
        _watch_is_installed.append(True)
    watch = folder, set[str]()
    _watches.append(watch)
    try:
        yield watch[1]
    finally:
        _watches.remove(watch)


_watch_is_installed: list[bool] = []
"""Python has no way to remove such a hook again."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not _watches or not isinstance(arguments[0], str | bytes):
        return
    path = Path(os.fsdecode(arguments[0]))
    for folder, names in _watches:
        if path.is_relative_to(folder):
            names.add(path.relative_to(folder).as_posix())
