"""The files in a folder and in the folders below it, whatever else lies there."""

import errno
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEFT_ALONE = ("~", ".bak", ".crdownload", ".download", ".part", ".partial", ".swp", ".tmp")
"""How the names of copies end that an editor or a download leaves: they are not looked at."""

FILE_SYSTEMS_OWN = "lost+found"
"""A folder that only root may read, at the top of a disk."""

SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

Identity = tuple[int, int]
"""A folder's device and inode: the same under every name."""


@dataclass(frozen=True)
class Found:
    """Something that is no folder to be walked.

    Attributes:
        path: where it is.
        status: of a file, its status; None where it has none.
        skipped: what it is instead of a file to read; "" for a file.
        fault: why it can't be read; "" where nothing is wrong.
        hint: then what to do.
    """

    path: Path
    status: os.stat_result | None = None
    skipped: str = ""
    fault: str = ""
    hint: str = ""


def walk(top: Path) -> Iterator[Found]:
    """Everything below ``top``, each folder once however many links lead to it.

    Folders that are linked come last, so that a folder keeps its own name when somebody makes a
    link to it. Hidden files and folders and ``LEFT_ALONE`` are left out.

    Raises:
        OSError: ``top`` itself can't be read.
    """
    os.scandir(top).close()
    real = top.resolve()
    line = frozenset(_identity(folder.stat()) for folder in (real, *real.parents))
    seen = {_identity(real.stat())}
    linked: deque[tuple[Path, frozenset[Identity], Identity]] = deque()
    yield from _below(top, line, seen, linked)
    while linked:
        folder, line, identity = linked.popleft()
        if identity in seen:
            yield Found(folder, skipped="a link to a folder that is read already")
            continue
        seen.add(identity)
        yield from _below(folder, line, seen, linked)


def _below(
    start: Path,
    line: frozenset[Identity],
    seen: set[Identity],
    linked: deque[tuple[Path, frozenset[Identity], Identity]],
) -> Iterator[Found]:
    """Walk without following links to folders, which are appended to ``linked``.

    Args:
        start: the folder.
        line: the folders it is in, itself among them: a link to one of these is a circle.
        seen: the folders that are walked already.
        linked: the links that are still to be followed.
    """
    waiting = [(start, line)]
    while waiting:
        folder, line = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            what = f"can't be read: {error.strerror}"
            yield Found(folder, fault=what, hint="make it readable for this user, or take it away")
            continue
        below: list[tuple[Path, frozenset[Identity]]] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name == FILE_SYSTEMS_OWN:
                continue
            path = Path(entry.path)
            try:
                status = entry.stat()
            except OSError as error:
                if not entry.name.lower().endswith(LEFT_ALONE):
                    yield from _without_status(entry, error)
                continue
            if not stat.S_ISDIR(status.st_mode):
                if not entry.name.lower().endswith(LEFT_ALONE):
                    yield _found(path, status)
                continue
            identity = _identity(status)
            if entry.is_symlink() and identity in line:
                what = "is a link to a folder that it lies in"
                yield Found(path, fault=what, hint="remove the link")
            elif entry.is_symlink():
                linked.append((path, line | {identity}, identity))
            elif identity in seen:
                yield Found(path, skipped="a folder that is read already")
            else:
                seen.add(identity)
                below.append((path, line | {identity}))
        waiting += reversed(below)


def _found(path: Path, status: os.stat_result) -> Found:
    return Found(path, status, skipped=SPECIAL.get(stat.S_IFMT(status.st_mode), ""))


def _without_status(entry: os.DirEntry[str], error: OSError) -> Iterator[Found]:
    """A name that a folder lists and that leads to nothing that can be looked at."""
    path = Path(entry.path)
    if entry.is_symlink():
        yield _broken_link(path, error)
    elif not isinstance(error, FileNotFoundError):
        # Its folder may be listed and not entered, or its path is too long for the system.
        what, hint = f"can't be read: {error.strerror}", "make it readable for this user"
        if error.errno == errno.ENAMETOOLONG:
            hint = "move it up to where its path is shorter"
        yield Found(path, fault=what, hint=f"{hint}, or take it away")
    # Else it was deleted in this moment: it is a file that is not there.


def _broken_link(path: Path, error: OSError) -> Found:
    try:
        target = os.readlink(path)
    except OSError:
        target = "something"
    what = f"is a link to {target}, which can't be read: {error.strerror}"
    return Found(path, fault=what, hint="make its target readable, or remove the link")


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino
