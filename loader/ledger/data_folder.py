"""Whether a run reads the folder that the last run read, which ``ingest.runs`` keeps.

Another folder would be read as new files, and all that came from the old one would be missing: most
probably a setting got lost. A folder is the same by its path, or by its device and inode: then it
was moved, or is reached through a symlink or as a container's mount.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.errors import OtherDataFolderError
from loader.names import printable_name
from loader.sql import statement


@dataclass(frozen=True)
class DataFolder:
    """A folder of files as the ledger keeps it.

    Attributes:
        path: its absolute path.
        identity: ``device:inode``; None if there is no folder.
    """

    path: str
    identity: str | None

    @classmethod
    def of(cls, folder: Path) -> "DataFolder":
        """The folder at a path, which need not exist."""
        path = printable_name(str(folder.absolute()))  # a byte that is not UTF-8 can't be kept
        try:
            status = folder.stat()
        except OSError:
            return cls(path, None)
        return cls(path, f"{status.st_dev}:{status.st_ino}")

    def is_same_as(self, other: "DataFolder") -> bool:
        """Whether both are one folder."""
        same_place = self.path == other.path
        return same_place or (self.identity is not None and self.identity == other.identity)


def folder_read_before(session: Connection, data_dir: Path) -> str | None:
    """The path of the folder that the last run read, if it is another one than ``data_dir``.

    None also if the database holds only the sample, if no run has recorded its folder, and if
    ``data_dir`` is empty: then nothing can be mixed up.
    """
    if not _has_content(data_dir):
        return None
    before = query.row(session, statement("ledger/last_data_folder"))
    if before is None or DataFolder.of(data_dir).is_same_as(DataFolder(*before)):
        return None
    return str(before[0])


def refuse_other_folder(session: Connection, data_dir: Path, command: str) -> None:
    """Stop a run whose folder is not the last run's.

    Args:
        session: on the database that keeps the runs.
        data_dir: the folder that this run would read.
        command: what a person types to go on.

    Raises:
        OtherDataFolderError: it is another one; names both.
    """
    before = folder_read_before(session, data_dir)
    if before is not None:
        raise OtherDataFolderError(
            f"DATA_DIR is {printable_name(str(data_dir))}, and the last run read {before}: "
            "nothing was read",
            f"set DATA_DIR to that folder (.env), or go on with the new one: {command}",
        )


def _has_content(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entries)
    except OSError:
        return False
