"""Tar archives, compressed or not, read once from beginning to end.

A tar can only be read in order, so the members that may contain heart rates are copied to an
unnamed temporary file: a thousand of them take one pass and no memory.
"""

import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

from loader.find.archives import Entry, entries_by_name, skip_reason
from loader.find.spool import CHUNK, Slice, Spool
from loader.names import member_name

EXTENSIONS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)

LONGEST_EXTENSION = 1 << 20
"""Bytes of an extension header, which has a long name or other additions of a program."""


class TarArchive:
    """A tar archive.

    Args:
        open_stream: opens it at its beginning.
        folder: for the temporary file.
        may_be_read: says by a member's name and head whether to keep all of it.

    Raises:
        tarfile.TarError, or an error of the stream: it can't be read to its end. No member is used
            then, because a compressed stream reports damage late.
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
        """(stored name, entry) of every member that isn't a folder; keeps what may be read."""
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
                entry = Entry("", None, position, info.size, crc, skip_reason(info.name))
                regular[info.name] = entry
                yield info.name, entry
            if not tar.ended:
                raise tarfile.ReadError("it ends before its end mark")
            while stream.read(CHUNK):
                pass  # verifies the checksum at the end of a compressed stream

    def _keep_whole(self, wanted: int) -> int:
        """Read the archive again to keep all of a member; returns its start in the spool."""
        with closing(self._open_stream()) as stream, open_tar(stream) as tar:
            info = next(info for position, info in _members(tar) if position == wanted)
            start, length, _ = self._spool.copy(_content(tar, info), lambda head: True)
        self._kept[wanted] = (start, length)
        return start


def _members(tar: tarfile.TarFile) -> Iterator[tuple[int, tarfile.TarInfo]]:
    """(position, header) of every member that isn't a folder."""
    for position in count():
        info = tar.next()
        if info is None:
            return
        tar.members = []  # type: ignore[attr-defined]  # otherwise tarfile keeps every header
        if not info.isdir():
            yield position, info


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    content = tar.extractfile(info)
    assert content is not None  # it is a file
    return cast(BinaryIO, content)


def _linked(
    info: tarfile.TarInfo, position: int, skipped: str, regular: Mapping[str, Entry]
) -> Entry:
    """The entry of a link; a hard link to a skipped member is read instead of that member."""
    target = regular.get(info.linkname) if info.islnk() else None
    if target is not None and target.skipped and not skip_reason(info.name):
        return replace(target, skipped="")
    return Entry("", None, position, 0, 0, skipped)


class _StrictTar(tarfile.TarFile):
    """A tar that records in ``ended`` whether its end mark was read."""

    ended = False


class _StrictInfo(tarfile.TarInfo):
    """Raises an error for an invalid header, which ``tarfile`` takes for the end of the archive.

    Too large an extension header is also an error, because ``tarfile`` reads it into memory.
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
    # ignore_zeros: continue after an end mark, because archives may have been concatenated.
    return _StrictTar.open(fileobj=stream, mode="r|", ignore_zeros=True, tarinfo=_StrictInfo)


def _tar_kind(info: tarfile.TarInfo) -> str:
    """What a member is if it isn't a file; "" for a file, also of an unknown kind."""
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    return "a named pipe" if info.isfifo() else "a device" if info.isdev() else ""
