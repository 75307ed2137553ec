"""The Parquet archive that Spark reads and in which it keeps the marts.

Next to the archive's own files there are ``marts/`` and ``intermediate/``, a folder for each table,
and ``.spark/``: what Spark knows of these tables (its metastore), and what the runs keep.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.commands.archive.archive import archive_folder
from loader.commands.archive.folder import ArchiveFolder, cant_write, locked
from loader.commands.archive.layout import LEDGER_FILES, By, Layout
from loader.configuration.settings import Settings
from loader.errors import ArchiveRefusedError, NoInputError

MARTS = ("marts", "intermediate")
"""The folders of the tables, named like their schemas in the database."""


class SparkArchive:
    """An archive that is complete enough for Spark.

    Attributes:
        path: its folder.
        layout: how it is divided.
        ledger: the folder with the tables of the ledger.
        own: the folder of what Spark keeps.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout
        (self.ledger,) = {path / file.parent for file in LEDGER_FILES.values()}
        self.own = path / ".spark"
        self._made_for = self.own / "made-for"

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Lock what Spark writes.

        Raises:
            LockedError: another process builds the marts.
            CantWriteError: the folder can't be written.
        """
        holder = "another make spark-build writes the marts in"
        with locked(self.path, ".lock-spark", fcntl.LOCK_EX, holder=holder):
            try:
                self.own.mkdir(exist_ok=True)
            except OSError as error:
                raise cant_write(self.path, error) from error
            yield

    def forget_former_place(self) -> bool:
        """Delete the marts if the folder was moved or copied: the metastore has absolute paths.

        Returns:
            Whether they were deleted.
        """
        place = str(self.path)
        former = self._made_for.read_text(encoding="utf-8") if self._made_for.exists() else None
        if former is not None and former != place:
            for folder in (self.own, *(self.path / name for name in MARTS)):
                shutil.rmtree(folder, ignore_errors=True)
            self.own.mkdir()
        self._made_for.write_text(place, encoding="utf-8")
        return former not in (None, place)


def open_archive(settings: Settings) -> SparkArchive:
    """The archive in ``ARCHIVE_DIR``.

    Raises:
        UsageError: ``ARCHIVE_DIR`` isn't set.
        NoInputError: there is no archive, or it lacks the ledger's files.
        ArchiveRefusedError: it is divided by month.
    """
    folder = ArchiveFolder(archive_folder(settings))
    manifest = folder.manifest()
    write = "make ingest writes them" if manifest and manifest.store else "make archive writes them"
    if manifest is None or not folder.ledger.exists():
        raise NoInputError(
            f"there is no archive with readings in {folder.path}",
            "make archive, or correct ARCHIVE_DIR",
        )
    if manifest.layout.by is not By.DAY:
        raise ArchiveRefusedError(
            f"the archive {folder.path} is divided by {manifest.layout.by}, and Spark reads days",
            "begin another one: make archive ARCHIVE_DIR=NEW_FOLDER",
        )
    if not all((folder.path / file).exists() for file in LEDGER_FILES.values()):
        raise NoInputError(f"the archive {folder.path} has no ledger/ with its files", write)
    return SparkArchive(folder.path, manifest.layout)
