"""The files below ``DATA_DIR`` as they are now: plain, compressed, or inside an archive."""

import errno
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from loader.errors import BadFileError, LoaderError, NoInputError
from loader.find.archives import (
    Archive,
    Entry,
    TarArchive,
    ZipArchive,
    archive_kind,
    uncompressed,
)
from loader.find.disk_status import DiskStatus, changed, require_found
from loader.find.file_kinds import kind_of_archive, seen
from loader.find.spool import HEAD, spooled
from loader.find.utf16 import UTF_16, as_utf8, unmarked_utf16
from loader.find.walk import Found, walk
from loader.ledger import sample
from loader.names import LONGEST_NAME, printable_name, shortened
from loader.readers import UNDERSTOOD, Layout, recognise
from loader.resources import is_full

DEEPEST = 3
"""How many archives may lie in one another; one deeper is a fault."""


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


@dataclass(frozen=True)
class OpenFile:
    """A file opened for reading.

    Attributes:
        stream: its bytes, uncompressed; of UTF-16, in UTF-8.
        plain: it lies on the disk as it is, so it may grow, and its size is the stream's.
        head: its first bytes.
        status: of the file on the disk, or of the archive, as it was opened.
    """

    stream: BinaryIO
    plain: bool
    head: bytes
    status: DiskStatus


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


class Opener:
    """Opens files, also inside archives; a context manager that keeps the last archive open.

    Args:
        folder: where temporary files go that an archive needs; None for the system's own place.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._archives: list[tuple[DataFile, Archive]] = []
        self._archive_status: DiskStatus | None = None

    def __enter__(self) -> "Opener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close_archives(0)

    def members(self, file: DataFile) -> Listing | None:
        """The members of an archive; None if the file is none.

        Raises:
            NoInputError: the file can't be opened.
            BadFileError: it begins like an archive and can't be read as one.
        """
        with readable(file):
            with closing(self._open_stored(file)) as stream:
                if archive_kind(stream) is None:
                    return None
            if len(file.lineage) > DEEPEST:
                raise BadFileError(
                    f"{file.name} is an archive in {DEEPEST} others, and is not opened",
                    "unpack the outermost",
                )
            return _listing(file, self._archive(file))

    @contextmanager
    def open(self, file: DataFile) -> Iterator[OpenFile]:
        """Open a file for reading; a compressed one is uncompressed on the way.

        Raises:
            NoInputError: it can't be opened.
            BadFileError: its compressed form is damaged, which may show while it is read.
        """
        with readable(file):
            stored = self._open_stored(file)
            status = self._status(file, stored)
        with closing(stored):
            with readable(file):
                inner = uncompressed(stored)
            with closing(inner or stored) as content:
                plain = inner is None and file.archive is None
                yield _opened(cast(BinaryIO, _Readable(content, file)), status, plain=plain)

    def _open_stored(self, file: DataFile) -> BinaryIO:
        """A file as it is stored, compressed or not."""
        if file.archive is None:
            return _open_regular(file)
        archive = self._archive(file.archive)
        entry = archive.entries.get(file.name.removeprefix(f"{file.archive.name}/"))
        if entry is None or (entry.size, entry.stamp) != (file.size, file.stamp):
            raise changed(file.name)
        if entry.encrypted:
            raise _encrypted([file])
        return archive.open(entry)

    def _status(self, file: DataFile, stored: BinaryIO) -> DiskStatus:
        """The file on the disk, or the outermost archive, as it was when it was opened."""
        if file.archive is None:
            return DiskStatus.of(os.fstat(stored.fileno()))
        if self._archive_status is None:
            raise changed(file.name)
        return self._archive_status

    def _archive(self, file: DataFile) -> Archive:
        """An archive, opened; it and those that it lies in are kept open."""
        lineage = file.lineage
        same = 0
        for (opened, _), wanted in zip(self._archives, lineage, strict=False):
            if opened != wanted:
                break
            same += 1
        self._close_archives(same)
        for wanted in lineage[same:]:
            self._archives.append((wanted, self._open_archive(wanted)))
        return self._archives[-1][1]

    def _open_archive(self, file: DataFile) -> Archive:
        stored = self._open_stored(file)
        if file.archive is None:
            self._archive_status = self._status(file, stored)
            if file.found is not None and self._archive_status.size != file.found.size:
                stored.close()
                raise changed(file.name)
        kind = archive_kind(stored)
        if kind == "zip":
            if file.archive is not None:
                with closing(stored) as member:
                    stored = spooled(member, self._folder)
            return ZipArchive(stored)
        stored.close()
        if kind is None:
            raise changed(file.name)

        def open_stream() -> BinaryIO:
            again = self._open_stored(file)
            return uncompressed(again) or again

        def may_be_read(name: str, head: bytes) -> bool:
            return _may_be_read(DataFile(file.path, f"{file.name}/{name}", 0, 0, file), head)

        return TarArchive(open_stream, self._folder, may_be_read)

    def _close_archives(self, kept: int) -> None:
        while len(self._archives) > kept:
            self._archives.pop()[1].close()


def _listing(file: DataFile, archive: Archive) -> Listing:
    entries = archive.entries.values()
    listing = Listing(kind=kind_of_archive({entry.name for entry in entries}))
    locked = []
    for entry in entries:
        member = _member(file, entry)
        if entry.skipped:
            listing.skipped.append((member, entry.skipped))
        elif entry.encrypted:
            locked.append(member)
        else:
            listing.files.append(member)
    if locked:
        names = [member.name for member in locked]
        listing.faults.append(Fault(names, _encrypted(locked)))
    listing.files.sort(key=lambda member: member.name)
    return listing


def _member(archive: DataFile, entry: Entry) -> DataFile:
    whole_name = None
    if archive.whole_name or entry.whole_name:
        whole_name = f"{archive.whole_name or archive.name}/{entry.whole_name or entry.name}"
    name = f"{archive.name}/{entry.name}"
    return archive.member(name, entry.size, entry.stamp, whole_name)


def _encrypted(members: list[DataFile]) -> BadFileError:
    first = members[0].name
    what = (
        f"{first} is encrypted"
        if len(members) == 1
        else f"{first} and {len(members) - 1:,} more in this archive are encrypted"
    )
    return BadFileError(what, "decrypt it, or take it away")


def _open_regular(file: DataFile) -> BinaryIO:
    """Open the file that was found, and no other that now has its name.

    Raises:
        FileChangedError: it is another one, or shorter than it was, or no ordinary file.
    """
    # Opened so that a named pipe that took a file's place is not waited for.
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = os.fdopen(descriptor, "rb")
    try:
        opened = DiskStatus.of(os.fstat(descriptor))
        if not opened.regular:
            raise changed(file.name)
        require_found(file.name, file.found, opened)
    except BaseException:
        stream.close()
        raise
    return stream


def _opened(stream: BinaryIO, status: DiskStatus, *, plain: bool) -> OpenFile:
    transcoded = as_utf8(stream)
    if transcoded is not None:
        stream, plain = transcoded, False
    head = stream.read(HEAD)
    stream.seek(0)
    return OpenFile(stream, plain, head, status)


def _may_be_read(member: DataFile, head: bytes) -> bool:
    """Whether a member that begins like this may hold readings, or other files that do."""
    stream = io.BytesIO(head)
    if archive_kind(stream) or uncompressed(stream) or head.startswith(tuple(UTF_16)):
        return True
    try:
        return recognise_head(member, head) is not None
    except BadFileError:
        return True  # why it can't be read is said when it is opened


def recognise_file(file: DataFile, opened: OpenFile) -> Layout | None:
    """The layout of an open file; None if no reader claims it.

    Raises:
        BadFileError: as ``recognise_head``.
    """
    return recognise_head(file, opened.head)


def recognise_head(file: DataFile, head: bytes) -> Layout | None:
    """The layout of a file that begins with ``head``; None if no reader claims it.

    Raises:
        BadFileError: two readers do, one can't even look at it, it is UTF-16 that does not say
            so, or its lines end with CR alone.
    """
    unmarked = unmarked_utf16(head)
    if unmarked is not None and recognise(unmarked, file.name) is not None:
        raise BadFileError(
            f"{file.name} is UTF-16 without a byte order mark", "save it as UTF-8, or with the mark"
        )
    try:
        layout = recognise(head, file.name)
        if layout is None and b"\r" in head and b"\n" not in head:
            _refuse_bare_returns(file, head)
        return layout
    except BadFileError as error:
        raise BadFileError(f"{file.name}: {error.what}", error.hint) from error
    except (RecursionError, ValueError) as error:
        raise _damaged(file, error) from error


def _refuse_bare_returns(file: DataFile, head: bytes) -> None:
    """Refuse a file whose lines end with CR alone and that would be understood with LF."""
    if recognise(head.replace(b"\r", b"\n"), file.name) is not None:
        raise BadFileError("its lines end with CR alone", "save it with LF or CRLF as line ends")


def not_understood(file: DataFile, opened: OpenFile) -> BadFileError:
    """The refusal of a file that ought to be understood: what was expected and what was seen."""
    if recognise(opened.head) is not None:
        return BadFileError(
            f"{file.name} is passed over: its name says that it holds resting heart rates",
            "give it another name if it holds readings",
        )
    if not opened.head.strip():
        return BadFileError(
            f"{file.name} is empty", "export it again, or take it out of the folder"
        )
    return BadFileError(
        f"{file.name} is not understood: expected {UNDERSTOOD}; seen {seen(opened.head)}",
        "export it again, or take it out of the folder",
    )


DAMAGED = (
    *(EOFError, zlib.error, lzma.LZMAError, struct.error),
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile),
    # What a name, a length or a position that makes no sense ends with, and a nesting without end.
    *(UnicodeError, LookupError, ValueError, OverflowError, RecursionError),
)
"""How Python's own modules say that a compressed file or an archive is damaged."""


@contextmanager
def readable(file: DataFile) -> Iterator[None]:
    """Turn what may go wrong with a file into an error for a person."""
    try:
        yield
    except LoaderError:
        raise
    except FileNotFoundError as error:
        raise changed(file.name) from error
    except DAMAGED as error:
        raise _damaged(file, error) from error
    except MemoryError as error:
        raise BadFileError(
            f"{file.name} needs more memory to be uncompressed than there is",
            "unpack it, or compress it with gzip or zip's own method",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadFileError(
            f"{file.name} is compressed in a way that is not understood: {_reason(error)}",
            "unpack it, or compress it with gzip or zip's own method",
        ) from error
    except OSError as error:
        if is_full(error):
            raise  # the disk that it is copied to; nothing is wrong with the file
        # bz2 has no error of its own; a position before the beginning is an invalid argument.
        if error.errno in (None, errno.EINVAL, errno.EOVERFLOW):
            raise _damaged(file, error) from error
        raise NoInputError(
            f"{file.name} can't be opened: {error.strerror or error}",
            "make it readable for this user",
        ) from error


def _damaged(file: DataFile, error: BaseException) -> BadFileError:
    return BadFileError(
        f"{file.name} is damaged: {_reason(error) or 'it ends too early'}",
        "download or copy it again, or take it out of the folder",
    )


def _reason(error: BaseException) -> str:
    return printable_name(" ".join(str(error).split()))[:200]


class _Readable(io.BufferedIOBase):
    """A stream whose errors say which file can't be read.

    Only what reading it raises is the file's fault: not what happens to what was read.
    """

    def __init__(self, stream: BinaryIO, file: DataFile) -> None:
        self._stream, self._file = stream, file

    @property
    def name(self) -> str:
        return self._file.name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        with readable(self._file):
            return self._stream.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with readable(self._file):
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def fileno(self) -> int:
        return self._stream.fileno()
