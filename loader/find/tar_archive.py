"""Tar archives, compressed or not, read once from beginning to end.

A tar can only be read in its order, so the members that may hold heart rate are kept in a nameless
temporary file: a thousand of them cost one pass and no memory.
"""

import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

from loader.find.archives import Entry, entries_by_name, left_alone
from loader.find.spool import CHUNK, Slice, Spool
from loader.names import member_name

EXTENSIONS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)


LONGEST_EXTENSION = 1 << 20
"""Bytes of a header in a tar that holds a long name, or whatever a program likes to add."""


class TarArchive:
    """A tar archive, compressed or not, read once from its beginning to its end.

    Args:
        open_stream: opens it at its beginning.
        folder: where the temporary file goes.
        may_be_read: whether a member of this name that begins like this is to be kept.

    Raises:
        tarfile.TarError and what the stream raises: it can't be read to its end. Then nothing of it
            is used: damage inside a compressed stream shows later than where it is.
    """

    def __init__(
        self,
        open_stream: Callable[[], BinaryIO],
        folder: Path | None,
        may_be_read: Callable[[str, bytes], bool],
    ) -> None:
        self._open_stream = open_stream
        self._spool = Spool(folder)
        self._kept: dict[int, tuple[int, int]] = {}
        try:
            self.entries = entries_by_name(self._unpack(may_be_read))
        except BaseException:
            self.close()
            raise

    def open(self, entry: Entry) -> BinaryIO:
        start, length = self._kept[entry.position]
        whole = partial(self._keep_whole, entry.position)
        return Slice(self._spool, start, length, entry.size, whole).buffered()

    def close(self) -> None:
        self._spool.close()

    def _unpack(self, may_be_read: Callable[[str, bytes], bool]) -> Iterator[tuple[str, Entry]]:
        """(stored name, entry) of every member that is no folder; keeps what may be read."""
        regular: dict[str, Entry] = {}
        with closing(self._open_stream()) as stream, open_tar(stream) as tar:
            for position, info in _members(tar):
                skipped = _tar_kind(info)
                if skipped:
                    yield info.name, _linked(info, position, skipped, regular)
                    continue
                keep = partial(may_be_read, member_name(info.name))
                start, length, crc = self._spool.copy(_content(tar, info), keep)
                self._kept[position] = (start, length)
                entry = Entry("", None, position, info.size, crc, left_alone(info.name))
                regular[info.name] = entry
                yield info.name, entry
            if not tar.ended:
                raise tarfile.ReadError("it ends before its end mark")
            while stream.read(CHUNK):
                pass  # the check at the end of a compressed stream

    def _keep_whole(self, wanted: int) -> int:
        """Read again up to a member of which only the head was kept; returns where all of it is."""
        with closing(self._open_stream()) as stream, open_tar(stream) as tar:
            info = next(info for position, info in _members(tar) if position == wanted)
            start, length, _ = self._spool.copy(_content(tar, info), lambda head: True)
        self._kept[wanted] = (start, length)
        return start


def _members(tar: tarfile.TarFile) -> Iterator[tuple[int, tarfile.TarInfo]]:
    """(position, header) of every member that is no folder."""
    for position in count():
        info = tar.next()
        if info is None:
            return
        tar.members = []  # type: ignore[attr-defined]  # it would remember them all
        if not info.isdir():
            yield position, info


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    content = tar.extractfile(info)
    assert content is not None  # it is a file
    return cast(BinaryIO, content)


def _linked(
    info: tarfile.TarInfo, position: int, skipped: str, regular: Mapping[str, Entry]
) -> Entry:
    """A link; a hard link to a member that is not read itself stands for its content."""
    target = regular.get(info.linkname) if info.islnk() else None
    if target is not None and target.skipped and not left_alone(info.name):
        return replace(target, skipped="")
    return Entry("", None, position, 0, 0, skipped)


class _StrictTar(tarfile.TarFile):
    """A tar that ends with its end mark; ``ended`` says whether it was seen."""

    ended = False


class _StrictInfo(tarfile.TarInfo):
    """A header that can't be read is an error: ``tarfile`` takes it for the end of the archive.

    So is one that extends another and would be read into memory whole, however long it says it is.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_StrictInfo":
        info = super().frombuf(buf, encoding, errors)
        if info.type in EXTENSIONS and info.size > LONGEST_EXTENSION:
            raise tarfile.ReadError(f"a header of {info.size:,} bytes")
        return info

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> "_StrictInfo":
        try:
            return super().fromtarfile(tar)
        except tarfile.HeaderError as error:
            kind = type(error).__name__
            if kind == "EOFHeaderError":
                cast(_StrictTar, tar).ended = True
            if kind in ("EOFHeaderError", "EmptyHeaderError"):
                raise
            raise tarfile.ReadError(f"a header can't be read: {error}") from error


def open_tar(stream: BinaryIO) -> _StrictTar:
    # What follows an end mark is read too: archives may have been joined.
    return _StrictTar.open(fileobj=stream, mode="r|", ignore_zeros=True, tarinfo=_StrictInfo)


def _tar_kind(info: tarfile.TarInfo) -> str:
    """What a member is instead of a file; "" for a file, also one of an unknown kind."""
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    return "a named pipe" if info.isfifo() else "a device" if info.isdev() else ""
