"""What a file on the disk is known by, and whether it still is the one that the run has found.

A run plans what it reads of a file and reads it minutes later. Meanwhile the file may be replaced
(an atomic save, a rotation), rewritten in place, emptied and filled again, or removed. What was
planned must be what is read; otherwise the file is left for the next run.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from loader.errors import FileChangedError


@dataclass(frozen=True)
class DiskStatus:
    """A file's identity, size and times as they were at one instant.

    Attributes:
        device, inode: its identity, which a file that replaces it does not have.
        size: bytes.
        modified_ns, changed_ns: when its content, and when anything about it was changed last, in
            nanoseconds. Any program can set the first back; the second is the file system's own.
        regular: whether it is an ordinary file.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    regular: bool = True

    @classmethod
    def of(cls, status: os.stat_result) -> "DiskStatus":
        """The status that ``stat`` or ``fstat`` gives."""
        return cls(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            changed_ns=status.st_ctime_ns,
            regular=S_ISREG(status.st_mode),
        )

    def may_continue(self, found: "DiskStatus") -> bool:
        """Whether this is the file that was found, perhaps grown since.

        Some network file systems renumber their files now and then; there the same size and
        modification time are taken for the same file.
        """
        same = (self.device, self.inode) == (found.device, found.inode)
        alike = (self.size, self.modified_ns) == (found.size, found.modified_ns)
        return self.regular and (same or alike) and self.size >= found.size


def require_found(name: str, found: DiskStatus | None, opened: DiskStatus) -> None:
    """Make sure that what was opened is the file that was found.

    Raises:
        FileChangedError: it is another file, or shorter.
    """
    if found is not None and not opened.may_continue(found):
        raise changed(name)


def has_changed(path: Path, found: DiskStatus | None) -> bool:
    """Whether anything happened to a file since it was found; a reason not to call it damaged."""
    if found is None:
        return False
    try:
        return DiskStatus.of(path.stat()) != found
    except OSError:
        return True


def changed(name: str) -> FileChangedError:
    """The error for a file that is not what it was when the run began."""
    return FileChangedError(
        f"{name} changed while it was read", "run again when nothing is writing it"
    )
