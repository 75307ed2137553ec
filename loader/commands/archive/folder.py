"""The folder of an archive: a reader sees each file as it was or as it is, never half of one.

A new file is written into ``.partial``, synchronized with the disk, and renamed over the old one.
The order of an update makes every moment safe: first the partitions, then ``days.parquet``, then
``manifest.json`` with the new position. If the process is killed in between, the position is the
old one, and the next update writes the same partitions again.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from loader.commands.archive.layout import READINGS, Layout, Partition
from loader.commands.archive.manifest import Manifest
from loader.commands.archive.readme import readme
from loader.disk import synchronize
from loader.errors import ArchiveRefusedError, CantWriteError, LockedError

MANIFEST = "manifest.json"
LEDGER = "days.parquet"
README = "README.md"

LOCK = ".lock"
"""Held by every process that writes: alone, or shared with those that write other buckets."""

SHARED_LOCK = ".lock-shared-files"
"""Held for the moment in which the ledger and the manifest are written."""


class ArchiveFolder:
    """The files of an archive.

    Args:
        path: the folder.
        partial: where this process writes new files, below the folder.
    """

    def __init__(self, path: Path, partial: str = ".partial") -> None:
        self.path = path
        self.partial = path / partial
        self.ledger = path / LEDGER

    def manifest(self) -> Manifest | None:
        """Read the manifest; None if no archive has been begun here.

        Raises:
            ArchiveRefusedError: it can't be understood.
        """
        file = self.path / MANIFEST
        try:
            return Manifest.from_json(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            raise ArchiveRefusedError(
                f"{file} isn't the manifest of an archive of this version ({error})",
                "set ARCHIVE_DIR to another folder, or upgrade the project",
            ) from error

    def begun_manifest(self) -> Manifest:
        """The manifest of an archive that has been begun: nothing deletes it."""
        manifest = self.manifest()
        assert manifest is not None
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace ``manifest.json``."""
        self._write_text(MANIFEST, manifest.to_json())

    def write_readme(self, layout: Layout) -> None:
        """Replace ``README.md``."""
        self._write_text(README, readme(layout))

    def _write_text(self, name: str, text: str) -> None:
        new = self.partial / name
        new.write_text(text, encoding="utf-8")
        self.replace(new, Path(name))

    def replace(self, new: Path, path: Path) -> None:
        """Rename a complete file in ``.partial`` to ``path``, below this folder."""
        synchronize(new)
        target = self.path / path
        for folder in reversed(target.relative_to(self.path).parents[:-1]):
            if not (self.path / folder).exists():
                (self.path / folder).mkdir()
                synchronize((self.path / folder).parent)
        new.replace(target)
        synchronize(target.parent)

    def remove(self, layout: Layout, partition: Partition) -> None:
        """Delete the file of a partition without readings, and the folders that become empty."""
        file = self.path / layout.path(partition)
        with suppress(FileNotFoundError):
            file.unlink()
            synchronize(file.parent)
        for folder in file.relative_to(self.path).parents[:2]:
            try:
                (self.path / folder).rmdir()
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    break
                if error.errno != errno.ENOENT:
                    raise
            else:
                synchronize((self.path / folder).parent)

    def partitions(self, layout: Layout) -> tuple[list[Partition], list[Path]]:
        """The partitions that have a file, and the paths of files that aren't the archive's."""
        found, strange = [], []
        for parent, _, names in os.walk(self.path / READINGS):
            for name in names:
                path = Path(parent, name).relative_to(self.path)
                partition = layout.partition_of(path)
                if partition is None:
                    strange.append(path)
                else:
                    found.append(partition)
        return sorted(found), sorted(strange)


@contextmanager
def open_to_write(path: Path) -> Iterator[ArchiveFolder]:
    """Create the folder if it is missing, and lock it; nothing else writes to it meanwhile.

    The lock belongs to this process: the system releases it, however the process ends.

    Raises:
        LockedError: another process writes to it.
        CantWriteError: it can't be written.
    """
    _create(path)
    with locked(path, LOCK, fcntl.LOCK_EX), _writing(ArchiveFolder(path)) as folder:
        yield folder


@contextmanager
def open_to_share(path: Path, name: str) -> Iterator[ArchiveFolder]:
    """Open the folder for one of several processes, which write different buckets.

    Args:
        path: the folder, created if it is missing.
        name: the name of the process's share.

    Raises:
        LockedError, CantWriteError: as ``open_to_write``.
    """
    _create(path)
    with (
        locked(path, LOCK, fcntl.LOCK_SH),
        _writing(ArchiveFolder(path, f".partial-{name}")) as folder,
    ):
        yield folder


@contextmanager
def only_writer(folder: ArchiveFolder) -> Iterator[None]:
    """Wait until no other process writes the files that all of them share."""
    with locked(folder.path, SHARED_LOCK, fcntl.LOCK_EX, wait=True):
        yield


@contextmanager
def only_writer_of(folder: ArchiveFolder, buckets: Iterable[int]) -> Iterator[None]:
    """Lock buckets.

    Raises:
        LockedError: another process writes one of them.
    """
    locks = folder.path / ".locks"
    _create(locks)
    with ExitStack() as held:
        for bucket in buckets:
            held.enter_context(locked(folder.path, f"{locks.name}/{bucket:03}", fcntl.LOCK_EX))
        yield


def _create(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cant_write(path, error) from error


@contextmanager
def locked(
    path: Path,
    name: str,
    kind: int,
    *,
    wait: bool = False,
    holder: str = "another process is writing to the archive",
) -> Iterator[None]:
    """Lock a file in the folder of an archive.

    Args:
        kind: ``fcntl.LOCK_EX`` or ``fcntl.LOCK_SH``.
        holder: who has the lock, for the error; the folder's path follows.

    Raises:
        LockedError: another process has the lock.
        CantWriteError: the file can't be created or locked.
    """
    try:
        lock = os.open(path / name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cant_write(path, error) from error
    try:
        try:
            fcntl.flock(lock, kind if wait else kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise LockedError(
                    f"{holder} {path}",
                    "wait for it to end, then run the command again",
                ) from error
            raise cant_write(path, error) from error
        yield
    finally:
        os.close(lock)


@contextmanager
def _writing(folder: ArchiveFolder) -> Iterator[ArchiveFolder]:
    try:
        # Delete the remains of a killed process.
        shutil.rmtree(folder.partial, ignore_errors=True)
        folder.partial.mkdir(exist_ok=True)
    except OSError as error:
        raise cant_write(folder.path, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder.partial, ignore_errors=True)


def cant_write(path: Path, error: Exception) -> CantWriteError:
    """The error for an archive that the system didn't let us write."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return CantWriteError(
        f"the archive {path} can't be written: {' '.join(reason.split())}",
        "make it writable for this user, free some space, or set ARCHIVE_DIR to another folder; "
        "then run the command again",
    )
