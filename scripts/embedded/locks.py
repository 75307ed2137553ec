"""A lock across processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.embedded.progress import say


@contextmanager
def file_lock(path: Path, while_waiting: str) -> Iterator[None]:
    """Hold the lock `path` and create its folder; the kernel releases it when this process ends.

    If another process holds it, prints `while_waiting` and waits.
    """
    descriptor = _locked_descriptor(path, while_waiting)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked_descriptor(path: Path, while_waiting: str) -> int:
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(while_waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        # `remove` deletes the file while others wait for it; a lock on a deleted file is void.
        try:
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)
