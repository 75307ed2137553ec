"""Write files and folders to the disk, so that a power cut doesn't undo what is done."""

import os
from pathlib import Path


def synchronize(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
