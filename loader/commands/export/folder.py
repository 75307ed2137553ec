"""A folder that appears under its name only when it is complete.

The files are written into a folder next to it, ``.NAME.partial``, which is renamed at the end. If
the process is killed, that folder stays, and the next export deletes it.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.disk import synchronize
from loader.errors import CantWriteError, ExportExistsError, LockedError

ELSEWHERE = "make export ARGS='--output FOLDER'"


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """Create the folder to write into; rename it to ``final`` if all goes well, else delete it.

    An existing folder is replaced only if it is empty.

    Raises:
        ExportExistsError: something has the name already.
        LockedError: another export to the same folder is running.
        CantWriteError: the folder can't be created or renamed.
    """
    _refuse_existing(final)
    partial = final.with_name(f".{final.name}.partial")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        lock = _claimed(partial, final)
    except OSError as error:
        raise _cant_write(final.parent, error) from error
    try:
        yield partial
        _refuse_existing(final)
        try:
            _synchronize_all(partial)
            # Fails if another folder with files got the name in the meantime.
            partial.rename(final)
            synchronize(final.parent)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise _exists(final) from error
            raise _cant_write(final.parent, error) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _refuse_existing(final: Path) -> None:
    try:
        is_taken = os.path.lexists(final) and (
            not final.is_dir() or final.is_symlink() or any(final.iterdir())
        )
    except OSError as error:
        raise _cant_write(final, error) from error
    if is_taken:
        raise _exists(final)


def _exists(final: Path) -> ExportExistsError:
    return ExportExistsError(
        f"{final} exists already", f"delete it or move it away, or name another one: {ELSEWHERE}"
    )


def _claimed(partial: Path, final: Path) -> int:
    """Create the folder, empty and locked; delete the one of an export that was killed.

    The lock belongs to this process: the system releases it, however the process ends.
    """
    while True:
        partial.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise LockedError(
                    f"another export to {final} is running",
                    f"wait for it to end, or name another folder: {ELSEWHERE}",
                ) from error
            raise
        if _is_same(lock, partial):
            for entry in partial.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            return lock
        os.close(lock)  # the other export has just renamed or deleted its folder


def _is_same(lock: int, partial: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), partial.stat())
    except FileNotFoundError:
        return False


def _synchronize_all(folder: Path) -> None:
    """Write a folder and everything below it to the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            synchronize(Path(parent, name))
        synchronize(Path(parent))


def _cant_write(folder: Path, error: OSError) -> CantWriteError:
    return CantWriteError(
        f"{folder} can't be written: {error.strerror or error}",
        f"make it writable for this user, free some space, or name another folder: {ELSEWHERE}",
    )
