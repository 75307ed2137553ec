"""What a lack of disk or memory on this machine looks like, wherever it shows."""

import errno
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from loader.errors import CantWriteError, LoaderError, OutOfMemoryError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk, a used-up quota, a limit on the size of files (``ulimit -f``)."""

FULL_WORDS = tuple(os.strerror(number) for number in FULL)
"""How DuckDB and dbt, which keep no error number, say the same."""


def is_full(error: BaseException) -> bool:
    """Whether the disk, or what may be used of it, is full."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return type(error).__module__ == "_duckdb" and any(words in str(error) for words in FULL_WORDS)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, the system or DuckDB had no memory left."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"


def as_resource_error(
    error: BaseException | None, folder: Path, variable: str, memory: str
) -> LoaderError | None:
    """What an error says about disk or memory; None where it, or its cause, says nothing of them.

    Args:
        error: any.
        folder, variable: where was being written, and the setting that names it.
        memory: the setting LOADER_MEMORY.
    """
    for cause in _chain(error):
        if isinstance(cause, LoaderError):
            return None
        if is_out_of_memory(cause):
            return _out_of_memory(cause, memory)
        if is_full(cause):
            return _disk_full(cause, folder, variable)
    return None


def _disk_full(error: BaseException, folder: Path, variable: str) -> CantWriteError:
    reason = (error.strerror or "") if isinstance(error, OSError) else _said(error)
    return CantWriteError(
        f"{folder} can't be written: {reason} ({_free(folder)})",
        f"free some space, or set {variable} to a folder with more: a run needs about twice "
        "the size of what is new",
    )


def _out_of_memory(error: BaseException, memory: str) -> OutOfMemoryError:
    return OutOfMemoryError(
        f"not enough memory, with LOADER_MEMORY={memory} ({_said(error)})",
        "raise LOADER_MEMORY if the machine has more, or lower it if it has not",
    )


def least_free(folders: Mapping[str, Path]) -> tuple[Path, str]:
    """Of folders by their settings, the one with the least space, which an error does not name."""
    variable = min(folders, key=lambda variable: _free_bytes(folders[variable]))
    return folders[variable], variable


def _free(folder: Path) -> str:
    free = _free_bytes(folder)
    return "how much is free is not known" if math.isinf(free) else f"{free / 1e6:,.1f} MB are free"


def _free_bytes(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return math.inf


def _said(error: BaseException) -> str:
    text, _, _ = " ".join(str(error).split()).partition(" Possible solutions")
    return text[:200] or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it; one that was raised from itself ends it (copy_stream.py)."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
