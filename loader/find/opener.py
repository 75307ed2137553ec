"""Open files for reading: plain, compressed, or inside an archive."""

import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from loader.errors import BadFileError
from loader.find.archives import (
    Archive,
    Entry,
    archive_kind,
    uncompressed,
)
from loader.find.damage import ReadableFile, errors_of
from loader.find.data_files import DataFile, Fault, Listing
from loader.find.disk_status import DiskStatus, changed, require_found
from loader.find.file_kinds import kind_of_archive
from loader.find.recognition import OpenFile, recognise_head
from loader.find.spool import HEAD, spooled
from loader.find.tar_archive import TarArchive
from loader.find.utf16 import UTF_16, as_utf8
from loader.find.zip_archive import ZipArchive

DEEPEST = 3
"""How many archives may lie in one another; one deeper is a fault."""


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
        with errors_of(file):
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
        with errors_of(file):
            stored = self._open_stored(file)
            status = self._status(file, stored)
        with closing(stored):
            with errors_of(file):
                inner = uncompressed(stored)
            with closing(inner or stored) as content:
                plain = inner is None and file.archive is None
                yield _opened(cast(BinaryIO, ReadableFile(content, file)), status, plain=plain)

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
