"""Zip and tar archives: their members, and one member after the other as a stream.

Nothing is ever unpacked under a member's name. A zip is read where it lies. A tar can only be read
from its beginning to its end, so it is read once, and the members that may hold heart rate are kept
in a nameless temporary file: a thousand of them cost one pass and no memory.
"""

import bz2
import copy
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from loader.find.spool import CHUNK, Slice, Spool
from loader.find.walk import LEFT_ALONE
from loader.names import LONGEST_MEMBER, member_name, shortened, unique_names

SMALL_READ = 4 << 10
"""Compressed bytes handed to zipfile's LZMA and bzip2 at a time: what they make of them is all held
in memory, and four kilobytes may be 90 MB of zeros."""

EXTENSIONS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
LONGEST_EXTENSION = 1 << 20
"""Bytes of a header in a tar that holds a long name, or whatever a program likes to add."""

NOT_UNDERSTOOD = {9: "deflate64", 93: "zstd", 95: "xz", 98: "PPMd", 99: "AES encryption"}
"""Methods of other programs that zipfile has no name for."""

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
COMPRESSIONS: Mapping[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""How a compressed file begins, and what uncompresses it."""

MAGIC = max(map(len, (*ZIP_MAGICS, *COMPRESSIONS)))


@dataclass(frozen=True)
class Entry:
    """One member of an archive.

    Attributes:
        name: what it is called below the archive, unique there.
        whole_name: the same where it had to be shortened; else None.
        position: its place in the archive.
        size: bytes, uncompressed.
        stamp: the CRC-32 of its content, which stays when the archive is downloaded again.
        skipped: what it is instead of a file to read; "" for a file.
        encrypted: whether it can't be read for want of a password.
    """

    name: str
    whole_name: str | None
    position: int
    size: int
    stamp: int
    skipped: str = ""
    encrypted: bool = False


class Archive(Protocol):
    """An archive that is open; ``entries`` are in its order, by name."""

    entries: dict[str, Entry]

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a member; a damaged one may show only while it is read."""
        ...

    def close(self) -> None:
        """Close it, and the temporary files it needed."""
        ...


def uncompressed(stream: BinaryIO) -> BinaryIO | None:
    """The content of a compressed stream; None where it is not compressed."""
    magic = _peek(stream, MAGIC)
    for prefix, uncompress in COMPRESSIONS.items():
        if magic.startswith(prefix):
            return cast(BinaryIO, uncompress(stream))
    return None


def archive_kind(stream: BinaryIO) -> str | None:
    """Whether a stream is a "zip" or a "tar", perhaps a compressed one; None for neither."""
    if _peek(stream, MAGIC).startswith(ZIP_MAGICS):
        return "zip"
    try:
        inner = uncompressed(stream)
        if inner is None:
            block = _peek(stream, tarfile.BLOCKSIZE)
        else:
            with closing(inner):
                block = inner.read(tarfile.BLOCKSIZE)
            stream.seek(0)
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError):
        stream.seek(0)
        return None  # a damaged file is found out when it is read
    return "tar"


class ZipArchive:
    """A zip archive on a stream that can be read in any order."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._zip = _zip_file(stream)
        self._infos = [info for info in self._zip.infolist() if not _is_empty_folder(info)]
        self.entries = _named(
            (info.filename, Entry("", None, position, info.file_size, info.CRC, *_zip_kind(info)))
            for position, info in enumerate(self._infos)
        )

    def open(self, entry: Entry) -> BinaryIO:
        info = copy.copy(self._infos[entry.position])
        if info.compress_type in NOT_UNDERSTOOD:
            raise NotImplementedError(NOT_UNDERSTOOD[info.compress_type])
        # One byte more than declared: a member that holds more fails its CRC, and is not cut there.
        info.file_size += 1
        member = cast(BinaryIO, self._zip.open(info))
        slow = info.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
        return cast(BinaryIO, _Declared(member, entry.size, SMALL_READ if slow else CHUNK))

    def close(self) -> None:
        self._zip.close()
        self._stream.close()


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
            self.entries = _named(self._unpack(may_be_read))
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
        with closing(self._open_stream()) as stream, _open_tar(stream) as tar:
            for position, info in _members(tar):
                skipped = _tar_kind(info)
                if skipped:
                    yield info.name, _linked(info, position, skipped, regular)
                    continue
                keep = partial(may_be_read, member_name(info.name))
                start, length, crc = self._spool.copy(_content(tar, info), keep)
                self._kept[position] = (start, length)
                entry = Entry("", None, position, info.size, crc, _left_alone(info.name))
                regular[info.name] = entry
                yield info.name, entry
            if not tar.ended:
                raise tarfile.ReadError("it ends before its end mark")
            while stream.read(CHUNK):
                pass  # the check at the end of a compressed stream

    def _keep_whole(self, wanted: int) -> int:
        """Read again up to a member of which only the head was kept; returns where all of it is."""
        with closing(self._open_stream()) as stream, _open_tar(stream) as tar:
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
    if target is not None and target.skipped and not _left_alone(info.name):
        return replace(target, skipped="")
    return Entry("", None, position, 0, 0, skipped)


def _named(members: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """The entries by the names they are called by, in the archive's order."""
    found = list(members)
    whole = [member_name(stored) for stored, _ in found]
    short = [shortened(name, LONGEST_MEMBER) for name in whole]
    return {
        name: replace(entry, name=name, whole_name=None if was_whole == was_short else was_whole)
        for name, was_short, was_whole, (_, entry) in zip(
            unique_names(short), short, whole, found, strict=True
        )
    }


def _left_alone(stored: str) -> str:
    """Why a member is not looked at; "" if it is."""
    parts = member_name(stored).split("/")
    # macOS adds __MACOSX/._name to an archive for each name.
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "a hidden file"
    return "an unfinished copy" if parts[-1].lower().endswith(LEFT_ALONE) else ""


# --- Zip -----------------------------------------------------------------------------------------


def _zip_file(stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip, also one with names that say they are UTF-8 and are not."""
    try:
        return zipfile.ZipFile(stream)
    except UnicodeDecodeError:
        opened = zipfile.ZipFile(cast(BinaryIO, _NamesUnmarked(stream)))
    for info in opened.infolist():
        info.filename = info.filename.encode("cp437").decode("utf-8", "surrogateescape")
    return opened


class _NamesUnmarked(io.BufferedIOBase):
    """A zip whose names are not marked as UTF-8: zipfile reads any byte in them.

    The mark is a bit in each header: of the directory, which zipfile reads in one piece, and of
    each member, which it reads alone.
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

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True


def _is_empty_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\")) and info.file_size == 0


def _zip_kind(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """What a member is instead of a file to read, and whether it is encrypted."""
    on_unix = info.create_system == 3
    if on_unix and stat.S_ISLNK(info.external_attr >> 16):
        return "a symbolic link", False
    return _left_alone(info.filename), bool(info.flag_bits & 1)


class _Declared(io.BufferedIOBase):
    """A member of a zip that must have as many bytes as it declares.

    Args:
        member: its content, one byte more than declared at the most.
        size: how many bytes it declares.
        step: how much is asked for at a time.
    """

    def __init__(self, member: BinaryIO, size: int, step: int) -> None:
        self._member, self._size, self._step = member, size, step
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size + 1 if size is None or size < 0 else size
        pieces = []
        while wanted > 0:
            piece = self._member.read(min(wanted, self._step))
            self._position += len(piece)
            if self._position > self._size or (not piece and self._position < self._size):
                raise zipfile.BadZipFile(f"it declares {self._size:,} bytes and holds others")
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


# --- Tar -----------------------------------------------------------------------------------------


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


def _open_tar(stream: BinaryIO) -> _StrictTar:
    # What follows an end mark is read too: archives may have been joined.
    return _StrictTar.open(fileobj=stream, mode="r|", ignore_zeros=True, tarinfo=_StrictInfo)


def _tar_kind(info: tarfile.TarInfo) -> str:
    """What a member is instead of a file; "" for a file, also one of an unknown kind."""
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    return "a named pipe" if info.isfifo() else "a device" if info.isdev() else ""


def _peek(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    stream.seek(0)
    return found
