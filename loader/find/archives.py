"""The kinds of archives, and the names of their members.

No member is ever written to the disk under its name.
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

from loader.find.walk import TEMPORARY_ENDINGS
from loader.names import LONGEST_MEMBER, member_name, shortened, unique_names

ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

COMPRESSIONS: Mapping[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""The first bytes of a compressed file, and how to decompress it."""

MAGIC = max(map(len, (*ZIP_MAGICS, *COMPRESSIONS)))


@dataclass(frozen=True)
class Entry:
    """One member of an archive.

    Attributes:
        name: its name below the archive, unique there.
        whole_name: the full name if ``name`` was shortened; else None.
        position: its position in the archive.
        size: uncompressed bytes.
        stamp: the CRC-32 of its content, which is the same after another download.
        skipped: what it is if it isn't a file to read; "" for a file.
        encrypted: whether reading it needs a password.
    """

    name: str
    whole_name: str | None
    position: int
    size: int
    stamp: int
    skipped: str = ""
    encrypted: bool = False


class Archive(Protocol):
    """An open archive; ``entries`` are by name, in the archive's order."""

    entries: dict[str, Entry]

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a member; reading a damaged one may fail later."""
        ...

    def close(self) -> None:
        """Close the archive and its temporary files."""
        ...


def uncompressed(stream: BinaryIO) -> BinaryIO | None:
    """The content of a compressed stream; None if it isn't compressed."""
    magic = _peek(stream, MAGIC)
    for prefix, uncompress in COMPRESSIONS.items():
        if magic.startswith(prefix):
            return cast(BinaryIO, uncompress(stream))
    return None


def archive_kind(stream: BinaryIO) -> str | None:
    """Whether a stream is a "zip" or a "tar" (also a compressed one); None for neither."""
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
        return None  # damage is reported when the file is read
    return "tar"


def entries_by_name(members: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """The entries by their unique names, in the archive's order."""
    found = list(members)
    whole = [member_name(stored) for stored, _ in found]
    short = [shortened(name, LONGEST_MEMBER) for name in whole]
    return {
        name: replace(entry, name=name, whole_name=None if was_whole == was_short else was_whole)
        for name, was_short, was_whole, (_, entry) in zip(
            unique_names(short), short, whole, found, strict=True
        )
    }


def skip_reason(stored: str) -> str:
    """What a member is if its name says not to read it; else ""."""
    parts = member_name(stored).split("/")
    # macOS adds a __MACOSX/._name for each name.
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "a hidden file"
    return "an unfinished copy" if parts[-1].lower().endswith(TEMPORARY_ENDINGS) else ""


def _peek(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    stream.seek(0)
    return found
