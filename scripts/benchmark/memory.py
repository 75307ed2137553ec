"""Fills free memory with page cache, so that every process finds the same conditions.

The host of a virtual machine takes back a guest's free memory and returns it page by page. On one
machine, writing 3 GB of new files took 8.2 s after a pause, and 1.0 s when as much memory had just
been freed. That time would be charged to the process that needs more memory than the previous one.
A machine that has worked for a day has almost no free memory: the page cache uses it, and gives it
up on demand. Here the page cache is filled with the zeros of sparse files.
"""

import re
import shutil
from pathlib import Path

LEFT_FREE = 512 * 2**20
BLOCK = 2**22


class Memory:
    """Fills free memory with the page cache of files in ``folder`` until it is closed.

    It is of little use to a process that needs little memory, and harms histories that need all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self) -> None:
        """Fill all but 512 MB with page cache; called before each timed load.

        Reads a new file once, so that its pages are the first ones that the kernel gives up.
        """
        wanted = _free() - LEFT_FREE
        if wanted <= 0:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"zeros_{len(list(self._folder.iterdir()))}"
        with file.open("wb") as new:
            new.truncate(wanted)
        block = bytearray(BLOCK)
        with file.open("rb", buffering=0) as zeros:
            while zeros.readinto(block):
                pass

    def close(self) -> None:
        """Free the remaining pages."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _free() -> int:
    found = re.search(r"^MemFree:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
