"""Free memory that is warm, whichever process comes first.

The host of a virtual machine takes back what a guest has free, and hands it out again page by page:
on one machine 3 GB of new files took 8.2 s after a pause, and 1.0 s where as much had just been
freed. Without care, that is charged to whoever needs more memory than the process before. A machine
that has been at work for a day has next to no free memory: the page cache holds it, and gives it
up to whoever asks. Here it holds the zeros of files that take no room on the disk.
"""

import re
import shutil
from pathlib import Path

LEFT_FREE = 512 * 2**20
BLOCK = 2**22


class Memory:
    """What is free of it is held by the page cache, by files in ``folder``, until it is closed.

    Of little use where a process needs little of it, and in the way of histories that need all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self) -> None:
        """Have the page cache hold all but 512 MB: before each load that is timed.

        By a new file, whose pages were read once and are the first that the kernel gives up.
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
        """Free what is left of it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _free() -> int:
    found = re.search(r"^MemFree:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
