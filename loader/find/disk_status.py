"""Notice that a file changed after the run found it.

A run plans what it reads of a file and reads it minutes later. In between, the file may be replaced
(an atomic save, a rotation), rewritten in place, truncated and filled again, or removed. If so, it
is left for the next run.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from loader.errors import FileChangedError


@dataclass(frozen=True)
class DiskStatus:
    """A file's identity, size and times at one instant.

    Attributes:
        device, inode: its identity; a file that replaces it has a different one.
        size: bytes.
        modified_ns, changed_ns: the modification time and the inode's change time in nanoseconds.
            Programs can set only the first.
        regular: whether it is a regular file.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    regular: bool = True

    @classmethod
    def of(cls, status: os.stat_result) -> "DiskStatus":
        """Convert the result of ``stat`` or ``fstat``."""
        return cls(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            changed_ns=status.st_ctime_ns,
            regular=S_ISREG(status.st_mode),
        )

    def may_continue(self, found: "DiskStatus") -> bool:
        """Whether this is the file that was found, unchanged or grown.

        Some network file systems renumber files, so the same size and modification time also count
        as the same file.
        """
        same = (self.device, self.inode) == (found.device, found.inode)
        alike = (self.size, self.modified_ns) == (found.size, found.modified_ns)
        return self.regular and (same or alike) and self.size >= found.size


def has_changed(path: Path, found: DiskStatus | None) -> bool:
    """Whether a file changed since it was found, so that it may not be damaged."""
    if found is None:
        return False
    try:
        return DiskStatus.of(path.stat()) != found
    except OSError:
        return True


def changed(name: str) -> FileChangedError:
    """The error for a file that changed during the run."""
    return FileChangedError(
        f"{name} changed while it was read", "run again when no program is writing it"
    )
