"""The request to update an archive, and the result."""

from dataclasses import dataclass
from pathlib import Path

from loader.commands.archive.layout import By
from loader.wording import counted, shown_lines


@dataclass(frozen=True)
class ArchiveRequest:
    """How to update an archive.

    Attributes:
        full: compare every file with the table and make the archive equal to it, whatever the
            archive was; otherwise write what has changed since its last update.
        by, buckets: the layout of a new archive; None for the default. An existing one must have
            the same.
    """

    full: bool = False
    by: By | None = None
    buckets: int | None = None


@dataclass(frozen=True)
class Archived:
    """What an update of the archive did.

    Attributes:
        folder: the archive.
        written, removed: how many files.
        readings: how many readings the written files have.
    """

    folder: Path
    written: int = 0
    removed: int = 0
    readings: int = 0

    def __str__(self) -> str:
        if not self.written and not self.removed:
            return f"nothing to write in {self.folder}"
        removed = f", {counted(self.removed, 'file')} removed" if self.removed else ""
        return (
            f"{counted(self.written, 'file')} written with {counted(self.readings, 'reading')}"
            f"{removed} in {self.folder}"
        )


def render_archived(archived: Archived) -> str:
    """The line for a terminal."""
    return shown_lines([f"archive: {archived}"])
