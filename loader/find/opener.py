"""Open files for reading: plain, compressed, or inside an archive."""

import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from loader.errors import BadFileError
from loader.find.archives import Archive, Entry, archive_kind, uncompressed
from loader.find.damage import ReadableFile, errors_of
from loader.find.data_files import DataFile, Fault, Listing
from loader.find.disk_status import DiskStatus, changed
from loader.find.file_kinds import kind_of_archive
from loader.find.recognition import OpenFile, recognise_file
from loader.find.spool import HEAD, spooled
from loader.find.tar_archive import TarArchive
from loader.find.utf16 import UTF_16, as_utf8
from loader.find.zip_archive import ZipArchive

DEEPEST = 3
"""How many levels archives may be nested."""


class Opener:
    """Opens files, also in archives; a context manager that keeps the last archive open.

    Args:
        folder: for the temporary files of archives; None for the system's default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._archives: list[tuple[DataFile, Archive]] = []
        self._archive_status: DiskStatus | None = None

    def __enter__(self) -> "Opener":
        return self

    def __exit__(self, *_: object) -> None:
        self._close_archives(0)

    def members(self, file: DataFile) -> Listing | None:
        """The members of an archive; None for any other file.

        Raises:
            NoInputError: the file can't be opened.
            BadFileError: it is a damaged or too deeply nested archive.
        """
        with errors_of(file):
            with closing(self._open_stored(file)) as stream:
                if archive_kind(stream) is None:
                    return None
            if len(file.lineage) > DEEPEST:
                raise BadFileError(
                    f"{file.name} is nested in {DEEPEST} other archives",
                    "unpack the outermost",
                )
            return _listing(file, self._archive(file))

    @contextmanager
    def open(self, file: DataFile) -> Iterator[OpenFile]:
        """Open a file for reading, and decompress it.

        Raises:
            NoInputError: it can't be opened.
            BadFileError: it is damaged; reading the stream may also raise this.
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
        """Open a file without decompressing it."""
        if file.archive is None:
            return _open_regular(file)
        archive = self._archive(file.archive)
        entry = archive.entries.get(file.name.removeprefix(f"{file.archive.name}/"))
        if entry is None or (entry.size, entry.stamp) != (file.size, file.stamp):
            raise changed(file.name)
        if entry.encrypted:
            raise _encrypted([file.name])
        return archive.open(entry)

    def _status(self, file: DataFile, stored: BinaryIO) -> DiskStatus:
        """The status of the opened file, or of its outermost archive."""
        if file.archive is None:
            return DiskStatus.of(os.fstat(stored.fileno()))
        if self._archive_status is None:
            raise changed(file.name)
        return self._archive_status

    def _archive(self, file: DataFile) -> Archive:
        """Open an archive; it and those that contain it stay open."""
        lineage = file.lineage
        same = 0
        for (opened, _), archive in zip(self._archives, lineage, strict=False):
            if opened != archive:
                break
            same += 1
        self._close_archives(same)
        for archive in lineage[same:]:
            self._archives.append((archive, self._open_archive(archive)))
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
            stream = self._open_stored(file)
            return uncompressed(stream) or stream

        def may_be_read(name: str, head: bytes) -> bool:
            return _may_be_read(file.member(f"{file.name}/{name}", 0, 0), head)

        return TarArchive(open_stream, self._folder, may_be_read)

    def _close_archives(self, kept: int) -> None:
        while len(self._archives) > kept:
            self._archives.pop()[1].close()


def _listing(file: DataFile, archive: Archive) -> Listing:
    entries = archive.entries.values()
    listing = Listing(kind=kind_of_archive({entry.name for entry in entries}))
    encrypted = []
    for entry in entries:
        member = _member(file, entry)
        if entry.skipped:
            listing.skipped.append((member, entry.skipped))
        elif entry.encrypted:
            encrypted.append(member)
        else:
            listing.files.append(member)
    if encrypted:
        names = [member.name for member in encrypted]
        listing.faults.append(Fault(names, _encrypted(names)))
    listing.files.sort(key=lambda member: member.name)
    return listing


def _member(archive: DataFile, entry: Entry) -> DataFile:
    whole_name = None
    if archive.whole_name or entry.whole_name:
        whole_name = f"{archive.whole_name or archive.name}/{entry.whole_name or entry.name}"
    name = f"{archive.name}/{entry.name}"
    return archive.member(name, entry.size, entry.stamp, whole_name)


def _encrypted(names: list[str]) -> BadFileError:
    what = f"{names[0]} is encrypted"
    if len(names) > 1:
        what = f"{names[0]} and {len(names) - 1:,} more in this archive are encrypted"
    return BadFileError(what, "decrypt it, or take it out of the folder")


def _open_regular(file: DataFile) -> BinaryIO:
    """Open the file that was found, not one that has replaced it.

    Raises:
        FileChangedError: it is a different file, shorter than before, or not a regular file.
    """
    # O_NONBLOCK: if a named pipe has replaced the file, don't wait for a writer.
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = os.fdopen(descriptor, "rb")
    try:
        opened = DiskStatus.of(os.fstat(descriptor))
        if not opened.regular or (file.found and not opened.may_continue(file.found)):
            raise changed(file.name)
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
    """Whether a member that begins with ``head`` may contain readings, or files that do."""
    stream = io.BytesIO(head)
    if archive_kind(stream) or uncompressed(stream) or head.startswith(tuple(UTF_16)):
        return True
    try:
        return recognise_file(member, head) is not None
    except BadFileError:
        return True  # the error is raised again when it is opened
