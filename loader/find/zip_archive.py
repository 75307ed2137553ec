"""Zip archives, read in place and in any order."""

import copy
import io
import stat
import zipfile
from typing import BinaryIO, cast

from loader.find.archives import Entry, entries_by_name, skip_reason
from loader.find.spool import CHUNK, Seekable

SMALL_READ = 4 << 10
"""Compressed bytes passed to zipfile's LZMA and bzip2 at a time: they keep the whole result in
memory, and four kilobytes may be 90 MB of zeros."""

UNSUPPORTED = {9: "deflate64", 93: "zstd", 95: "xz", 98: "PPMd", 99: "AES encryption"}
"""Methods of other programs that zipfile has no name for."""


class ZipArchive:
    """A zip archive on a stream that can be read in any order."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._zip = _zip_file(stream)
        self._infos = [info for info in self._zip.infolist() if not _is_empty_folder(info)]
        self.entries = entries_by_name(
            (info.filename, Entry("", None, position, info.file_size, info.CRC, *_zip_kind(info)))
            for position, info in enumerate(self._infos)
        )

    def open(self, entry: Entry) -> BinaryIO:
        info = copy.copy(self._infos[entry.position])
        if info.compress_type in UNSUPPORTED:
            raise NotImplementedError(UNSUPPORTED[info.compress_type])
        # One byte more than declared: a longer member fails its CRC instead of being truncated.
        info.file_size += 1
        member = cast(BinaryIO, self._zip.open(info))
        slow = info.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        return cast(BinaryIO, _Declared(member, entry.size, SMALL_READ if slow else CHUNK))

    def close(self) -> None:
        self._zip.close()
        self._stream.close()


def _zip_file(stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip, also one with names that are marked as UTF-8 but are not UTF-8."""
    try:
        return zipfile.ZipFile(stream)
    except UnicodeDecodeError:
        opened = zipfile.ZipFile(cast(BinaryIO, _NamesUnmarked(stream)))
    for info in opened.infolist():
        info.filename = info.filename.encode("cp437").decode("utf-8", "surrogateescape")
    return opened


class _NamesUnmarked(Seekable, io.BufferedIOBase):
    """A zip without the marks for UTF-8, so that zipfile accepts any byte in a name.

    The mark is a bit in each header of the directory, which zipfile reads in one piece, and in each
    member's header, which it reads separately.
    """

    DIRECTORY, DIRECTORY_LENGTH, DIRECTORY_FLAGS = b"PK\x01\x02", 46, 9
    MEMBER, MEMBER_LENGTH, MEMBER_FLAGS = b"PK\x03\x04", 30, 7
    UTF_8 = 0x08

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int | None = -1) -> bytes:
        data = bytearray(self._stream.read(-1 if size is None else size))
        if data.startswith(self.MEMBER) and len(data) == self.MEMBER_LENGTH:
            data[self.MEMBER_FLAGS] &= ~self.UTF_8
        place = 0
        while data.startswith(self.DIRECTORY, place):
            if place + self.DIRECTORY_LENGTH > len(data):
                break
            data[place + self.DIRECTORY_FLAGS] &= ~self.UTF_8
            lengths = data[place + 28 : place + 34]
            place += self.DIRECTORY_LENGTH
            place += sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2, 4))
        return bytes(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)


def _is_empty_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\")) and info.file_size == 0


def _zip_kind(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """What a member is if it isn't a file to read, and whether it is encrypted."""
    on_unix = info.create_system == 3
    if on_unix and stat.S_ISLNK(info.external_attr >> 16):
        return "a symbolic link", False
    return skip_reason(info.filename), bool(info.flag_bits & 1)


class _Declared(Seekable, io.BufferedIOBase):
    """A member of a zip, which must have as many bytes as it declares.

    Args:
        member: its content, at most one byte more than declared.
        size: the number of bytes it declares.
        step: how many bytes to read at a time.
    """

    def __init__(self, member: BinaryIO, size: int, step: int) -> None:
        self._member, self._size, self._step = member, size, step
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size + 1 if size is None or size < 0 else size
        pieces = []
        while wanted > 0:
            piece = self._member.read(min(wanted, self._step))
            self._position += len(piece)
            if self._position > self._size or (not piece and self._position < self._size):
                raise zipfile.BadZipFile(f"it declares {self._size:,} bytes but has more or fewer")
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = self._member.seek(offset, whence)
        return self._position

    def close(self) -> None:
        self._member.close()
        super().close()
