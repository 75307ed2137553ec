"""The files below ``DATA_DIR`` as they are now, unopened."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from loader.errors import LoaderError, NoInputError
from loader.find.disk_status import DiskStatus
from loader.find.walk import Found, walk
from loader.ledger import sample
from loader.names import LONGEST_NAME, printable_name, shortened


@dataclass(frozen=True)
class DataFile:
    """One file as it is now.

    Attributes:
        path: the file on the disk: itself, or the archive that holds it.
        name: its path below ``DATA_DIR``, an archive's name being a folder's: how the ledger and
            every message call it.
        size: bytes; of a file in an archive, uncompressed.
        stamp: its modification time in nanoseconds; of a file in an archive its CRC-32, which
            stays when the same archive is downloaded again.
        archive: the archive it is a member of; None for a file on the disk.
        whole_name: its name where ``name`` had to be shortened; else None.
        is_sample: it is the sample that git tracks (``sample.TRACKED``).
        found: the file on the disk, or the archive, as it was found; None: nothing is known of it.
    """

    path: Path
    name: str
    size: int
    stamp: int
    archive: "DataFile | None" = None
    whole_name: str | None = None
    is_sample: bool = False
    found: DiskStatus | None = None

    @property
    def lineage(self) -> "list[DataFile]":
        """The archives that it lies in, the outermost first, and itself."""
        return [*(self.archive.lineage if self.archive else []), self]

    def member(self, name: str, size: int, stamp: int, whole_name: str | None = None) -> "DataFile":
        """A file that is in this archive."""
        return DataFile(self.path, name, size, stamp, self, whole_name, found=self.found)

    @property
    def changed_ns(self) -> int | None:
        """The inode's change time in nanoseconds; None for a file in an archive."""
        return self.found.changed_ns if self.found is not None and self.archive is None else None

    @property
    def folders(self) -> list[str]:
        """The folders and archives below ``DATA_DIR`` that it is in, the outermost first."""
        return (self.whole_name or self.name).split("/")[:-1]


@dataclass(frozen=True)
class Fault:
    """What can't be read: the names of the files, or of the folder they are in, and why."""

    names: list[str]
    error: LoaderError


@dataclass(frozen=True)
class Listing:
    """What a folder or an archive holds.

    Attributes:
        files: the files to look into, in the order of their names.
        skipped: what is no file, or is left alone in an archive, each with what it is.
        faults: what can't be read.
        kind: what an archive is if nothing in it is understood.
    """

    files: list[DataFile] = field(default_factory=list)
    skipped: list[tuple[DataFile, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.files or self.skipped or self.faults)


def discover(data_dir: Path, start: Path | None = None) -> Listing:
    """Every file to be read below ``data_dir``, or below ``start`` in it, unopened.


    Hidden files and the copies that editors and downloads leave are not looked at. The sample is
    read only where there is no other file, or where somebody has changed it.

    Raises:
        NoInputError: the folder is missing or can't be read.
    """
    listing = Listing()
    try:
        for found in walk(start or data_dir):
            _add(listing, found, found.path.relative_to(data_dir))
    except OSError as error:
        raise NoInputError(
            f"{error.filename or data_dir} can't be read: {error.strerror}",
            "make it readable for this user, or set DATA_DIR to the folder with hr.csv",
        ) from error
    listing.files.sort(key=lambda file: file.name)
    if all(file.is_sample for file in listing.files) and not listing.faults:
        return listing
    own = [
        file
        for file in listing.files
        if not (file.is_sample and sample.TRACKED.is_held_by(file.path))
    ]
    return replace(listing, files=own)


def describe(path: Path, relative: Path) -> DataFile:
    """The file as it is now.

    Raises:
        OSError: it is gone or can't be looked at.
    """
    return _described(path, relative, path.stat())


def _described(path: Path, relative: Path, status: os.stat_result) -> DataFile:
    whole_name = printable_name(relative.as_posix())
    name = shortened(whole_name, LONGEST_NAME)
    return DataFile(
        path,
        name,
        status.st_size,
        status.st_mtime_ns,
        whole_name=None if name == whole_name else whole_name,
        is_sample=sample.TRACKED.is_at(path, status) or sample.TRACKED.is_copied_to(path, status),
        found=DiskStatus.of(status),
    )


def _add(listing: Listing, found: Found, relative: Path) -> None:
    if found.fault:
        name = shortened(printable_name(relative.as_posix()), LONGEST_NAME)
        error = NoInputError(f"{name} {printable_name(found.fault)}", found.hint)
        listing.faults.append(Fault([name], error))
    elif found.skipped or found.status is None:
        # Without its time: that of a pipe is of its last use, and it would be named again.
        name = shortened(printable_name(relative.as_posix()), LONGEST_NAME)
        listing.skipped.append((DataFile(found.path, name, 0, 0), found.skipped))
    else:
        listing.files.append(_described(found.path, relative, found.status))
