"""Walk a folder and the folders below it."""

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEMPORARY_ENDINGS = ("~", ".bak", ".crdownload", ".download", ".part", ".partial", ".swp", ".tmp")
"""The endings of temporary copies by editors and downloads, which are left out."""

LOST_FOUND = "lost+found"
"""A folder at the top of a disk that only root may read."""

SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

Identity = tuple[int, int]
"""A folder's device and inode, which are the same under every name."""


@dataclass(frozen=True)
class Found:
    """A file, or an entry that can't be walked or read.

    Attributes:
        path: its path.
        status: its status, if it has one.
        skipped: what it is if it isn't a file to read; "" for a file.
        fault: why it can't be read; "" if it can.
        hint: what to do about the fault.
    """

    path: Path
    status: os.stat_result | None = None
    skipped: str = ""
    fault: str = ""
    hint: str = ""


def walk(top: Path) -> Iterator[Found]:
    """Everything below ``top``, each folder once, however many links lead to it.

    Linked folders come last, so that a folder keeps its own name if someone creates a link to it.
    Hidden entries and those with ``TEMPORARY_ENDINGS`` are left out.

    Raises:
        OSError: ``top`` itself can't be read.
    """
    os.scandir(top).close()
    real = top.resolve()
    ancestors = frozenset(_identity(folder.stat()) for folder in (real, *real.parents))
    walked = {_identity(real.stat())}
    linked: deque[tuple[Path, frozenset[Identity], Identity]] = deque()
    yield from _below(top, ancestors, walked, linked)
    while linked:
        folder, ancestors, identity = linked.popleft()
        if identity in walked:
            yield Found(folder, skipped="a link to a folder that is already read")
            continue
        walked.add(identity)
        yield from _below(folder, ancestors, walked, linked)


def _below(
    start: Path,
    ancestors: frozenset[Identity],
    walked: set[Identity],
    linked: deque[tuple[Path, frozenset[Identity], Identity]],
) -> Iterator[Found]:
    """Walk without following links to folders, which are appended to ``linked``.

    Args:
        start: the folder.
        ancestors: the folder itself and those that contain it; a link to one of them is a cycle.
        walked: the folders that have been walked.
        linked: the links to follow later.
    """
    waiting = [(start, ancestors)]
    while waiting:
        folder, ancestors = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            what = f"can't be read: {error.strerror}"
            yield Found(folder, fault=what, hint="make it readable for this user, or move it away")
            continue
        below: list[tuple[Path, frozenset[Identity]]] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name == LOST_FOUND:
                continue
            path = Path(entry.path)
            try:
                status = entry.stat()
            except OSError as error:
                if not entry.name.lower().endswith(TEMPORARY_ENDINGS):
                    yield from _without_status(entry, error)
                continue
            if not stat.S_ISDIR(status.st_mode):
                if not entry.name.lower().endswith(TEMPORARY_ENDINGS):
                    skipped = SPECIAL.get(stat.S_IFMT(status.st_mode), "")
                    yield Found(path, status, skipped=skipped)
                continue
            identity = _identity(status)
            if entry.is_symlink() and identity in ancestors:
                what = "is a link to a folder that contains it"
                yield Found(path, fault=what, hint="remove the link")
            elif entry.is_symlink():
                linked.append((path, ancestors | {identity}, identity))
            elif identity in walked:
                yield Found(path, skipped="a folder that is already read")
            else:
                walked.add(identity)
                below.append((path, ancestors | {identity}))
        waiting += reversed(below)


def _without_status(entry: os.DirEntry[str], error: OSError) -> Iterator[Found]:
    """A directory entry whose status can't be read."""
    path = Path(entry.path)
    if entry.is_symlink():
        yield _broken_link(path, error)
    elif not isinstance(error, FileNotFoundError):
        # Its folder may lack the execute permission, or its path is too long for the system.
        what, hint = f"can't be read: {error.strerror}", "make it readable for this user"
        if error.errno == errno.ENAMETOOLONG:
            hint = "shorten its path"
        yield Found(path, fault=what, hint=f"{hint}, or move it away")
    # Otherwise it was deleted after the folder was listed.


def _broken_link(path: Path, error: OSError) -> Found:
    try:
        target = os.readlink(path)
    except OSError:
        target = "something"
    what = f"is a link to {target}, which can't be read: {error.strerror}"
    return Found(path, fault=what, hint="make its target readable, or remove the link")


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
