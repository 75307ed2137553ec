"""Archives: their kinds, and the names of their members.

Nothing is ever unpacked under a member's name.
"""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol, cast

from loader.find.walk import LEFT_ALONE
from loader.names import LONGEST_MEMBER, member_name, shortened, unique_names

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


def entries_by_name(members: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
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


def left_alone(stored: str) -> str:
    """Why a member is not looked at; "" if it is."""
    parts = member_name(stored).split("/")
    # macOS adds __MACOSX/._name to an archive for each name.
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "a hidden file"
    return "an unfinished copy" if parts[-1].lower().endswith(LEFT_ALONE) else ""


def _peek(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    stream.seek(0)
    return found
