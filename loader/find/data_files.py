"""The present files below ``DATA_DIR``, unopened."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from loader.errors import BadFileError, LoaderError, NoInputError
from loader.find.disk_status import DiskStatus
from loader.find.folder_formats import NAME, SIMILAR_NAMES, FolderFormats, FolderSettings
from loader.find.walk import Found, walk
from loader.ledger import sample
from loader.names import LONGEST_NAME, printable_name, shortened
from loader.readers.folder_format import NO_FORMAT, FolderFormat


@dataclass(frozen=True)
class DataFile:
    """One file in its present state.

    Attributes:
        path: the path of the file, or of the archive that contains it.
        name: its path below ``DATA_DIR``, with archives as folders, in the ledger and in messages.
        size: bytes; for a member of an archive, uncompressed.
        stamp: its modification time in nanoseconds; for a member of an archive its CRC-32, which
            is the same after another download.
        archive: the archive it is a member of; None for a file on the disk.
        whole_name: its full name if ``name`` was shortened; else None.
        is_sample: it is a file of the sample that git tracks (``sample.TRACKED``).
        found: the status of the file, or of the archive, when it was found; None if unknown.
        settings: those of its folder, or of the folder of the archive.
        format_file: the name of the ``format.yml`` with these settings; "" if there is none.
    """

    path: Path
    name: str
    size: int
    stamp: int
    archive: "DataFile | None" = None
    whole_name: str | None = None
    is_sample: bool = False
    found: DiskStatus | None = None
    settings: FolderFormat = NO_FORMAT
    format_file: str = ""

    @property
    def lineage(self) -> "list[DataFile]":
        """The archives that contain it, the outermost first, and itself."""
        return [*(self.archive.lineage if self.archive else []), self]

    def member(self, name: str, size: int, stamp: int, whole_name: str | None = None) -> "DataFile":
        """A member of this archive."""
        return replace(
            self,
            name=name,
            size=size,
            stamp=stamp,
            archive=self,
            whole_name=whole_name,
            is_sample=False,
        )

    @property
    def changed_ns(self) -> int | None:
        """The inode's change time in nanoseconds; None for a file in an archive."""
        return self.found.changed_ns if self.found is not None and self.archive is None else None

    @property
    def folders(self) -> list[str]:
        """The folders and archives below ``DATA_DIR`` that contain it, the outermost first."""
        return (self.whole_name or self.name).split("/")[:-1]


@dataclass(frozen=True)
class Fault:
    """Files that can't be read, or a folder of such files, and the reason.

    Attributes:
        names: their names, or that of the folder.
        error: the reason.
        is_of_settings: the reason is a ``format.yml``; nothing is known of the files themselves.
    """

    names: list[str]
    error: LoaderError
    is_of_settings: bool = False


@dataclass(frozen=True)
class Listing:
    """The content of a folder or an archive.

    Attributes:
        files: the files to open, in the order of their names.
        skipped: entries that are not files to read, each with what it is.
        faults: entries that can't be read.
        kind: what an archive is if none of its members is understood.
    """

    files: list[DataFile] = field(default_factory=list)
    skipped: list[tuple[DataFile, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no entry."""
        return not (self.files or self.skipped or self.faults)


def discover(data_dir: Path, start: Path | None = None) -> Listing:
    """The files below ``data_dir``, or below ``start`` in it, unopened.

    Hidden files and temporary copies of editors and downloads are left out. The files of the
    sample are left out too, unless there is no other file or they were modified. A ``format.yml``
    isn't a file with data; if it can't be read, the files for which it counts have a fault.

    Raises:
        NoInputError: the folder is missing or can't be read.
    """
    listing = Listing()
    formats = FolderFormats(data_dir)
    refused: dict[str, Fault] = {}
    try:
        for found in walk(start or data_dir):
            _add(listing, found, found.path.relative_to(data_dir), formats, refused)
    except OSError as error:
        raise NoInputError(
            f"{error.filename or data_dir} can't be read: {error.strerror}",
            "make it readable for this user, or set DATA_DIR to the folder with hr.csv",
        ) from error
    listing.files.sort(key=lambda file: file.name)
    listing.faults.extend(refused.values())
    if all(file.is_sample for file in listing.files) and not listing.faults:
        return listing
    own = [
        file for file in listing.files if not (file.is_sample and sample.is_unchanged(file.path))
    ]
    return replace(listing, files=own)


def describe(path: Path, relative: Path, of_folder: FolderSettings | None = None) -> DataFile:
    """The file in its present state.

    Args:
        path: the file.
        relative: its path below ``DATA_DIR``.
        of_folder: what counts for the files of its folder.

    Raises:
        OSError: its status can't be read.
    """
    return _data_file(path, relative, path.stat(), of_folder or FolderSettings())


def _data_file(
    path: Path, relative: Path, status: os.stat_result, of_folder: FolderSettings
) -> DataFile:
    whole_name = printable_name(relative.as_posix())
    name = shortened(whole_name, LONGEST_NAME)
    return DataFile(
        path,
        name,
        status.st_size,
        status.st_mtime_ns,
        whole_name=None if name == whole_name else whole_name,
        is_sample=sample.is_part_of_it(path, status),
        found=DiskStatus.of(status),
        settings=of_folder.settings,
        format_file=of_folder.format_file,
    )


def _add(
    listing: Listing,
    found: Found,
    relative: Path,
    formats: FolderFormats,
    refused: dict[str, Fault],
) -> None:
    """Add an entry to the listing, or to the files refused for each ``format.yml``."""
    if found.path.name == NAME:
        return
    name = shortened(printable_name(relative.as_posix()), LONGEST_NAME)
    of_folder = formats.of(os.path.dirname(found.path))
    if found.path.name.lower() in SIMILAR_NAMES:
        error = BadFileError(f"{name} is not read: settings are in a file {NAME}", "rename it")
        listing.faults.append(Fault([name], error, is_of_settings=True))
    elif of_folder.fault is not None:
        fault = Fault([], of_folder.fault, is_of_settings=True)
        refused.setdefault(of_folder.format_file, fault).names.append(name)
    elif found.fault:
        unreadable = NoInputError(f"{name} {printable_name(found.fault)}", found.hint)
        listing.faults.append(Fault([name], unreadable))
    elif found.skipped or found.status is None:
        # Without its time: every use of a pipe changes it, and the pipe would be reported again.
        listing.skipped.append((DataFile(found.path, name, 0, 0), found.skipped))
    else:
        listing.files.append(_data_file(found.path, relative, found.status, of_folder))
