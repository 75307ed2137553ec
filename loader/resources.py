"""Recognize errors caused by a full disk or by too little memory on this machine."""

import errno
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from loader.errors import CantWriteError, LoaderError, OutOfMemoryError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk, an exhausted quota, a limit on file size (``ulimit -f``)."""

FULL_WORDS = tuple(os.strerror(number) for number in FULL)
"""The same as text, for DuckDB and dbt, which report no error number."""


def is_full(error: BaseException) -> bool:
    """Whether the disk is full, or the quota exhausted."""
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
    """The error for the user if ``error`` or its cause is a lack of disk or memory; else None.

    Args:
        error: any error.
        folder, variable: the folder being written to, and the setting that names it.
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
    reason = (error.strerror or "") if isinstance(error, OSError) else _short_message(error)
    return CantWriteError(
        f"{folder} can't be written: {reason} ({_free(folder)})",
        f"free some space, or set {variable} to a folder with more: a run needs about twice "
        "the size of the new files",
    )


def _out_of_memory(error: BaseException, memory: str) -> OutOfMemoryError:
    return OutOfMemoryError(
        f"not enough memory, with LOADER_MEMORY={memory} ({_short_message(error)})",
        "raise LOADER_MEMORY if the machine has more memory; otherwise lower it",
    )


def least_free(folders: Mapping[str, Path]) -> tuple[Path, str]:
    """The folder with the least free space, and its setting; for errors that name no folder."""
    variable = min(folders, key=lambda variable: _free_bytes(folders[variable]))
    return folders[variable], variable


def _free(folder: Path) -> str:
    free = _free_bytes(folder)
    return "free space unknown" if math.isinf(free) else f"{free / 1e6:,.1f} MB are free"


def _free_bytes(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return math.inf


def _short_message(error: BaseException) -> str:
    text, _, _ = " ".join(str(error).split()).partition(" Possible solutions")
    return text[:200] or type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and its causes; stops at an error that was raised from itself (copy_stream.py)."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
