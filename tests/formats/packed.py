"""Archives made in memory, good ones and bad ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence

Member = tuple[str, bytes]

STORED = zipfile.ZIP_STORED

COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "tar": lambda content: content,
    "tar.gz": lambda content: gzip.compress(content, mtime=0),
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


def zipped(members: Sequence[Member], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of (name, content), names as they are, also twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x", (2024, 1, 1, 0, 0, 0))
            info.filename, info.compress_type = name, method
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a name that is there already
                archive.writestr(info, content)
    return buffer.getvalue()


def tarred(members: Sequence[Member | tarfile.TarInfo], kind: str = "tar") -> bytes:
    """A tar of (name, content), and of headers for what is no file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return COMPRESSED[kind](buffer.getvalue())


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """A link, a device or a pipe in a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def name_that_is_not_utf8(first: bytes, second: bytes) -> bytes:
    """A zip whose first member says that its name is UTF-8; it is Latin-1."""
    packed = zipped([("caf\u00e9.csv", first), ("day.csv", second)])
    return packed.replace("caf\u00e9.csv".encode(), b"caf\xe9\xe9.csv")


def declared(content: bytes, size: int, crc: int | None = None) -> bytes:
    """A zip whose member declares another size, and the CRC of what it would then hold."""
    packed = bytearray(zipped([("day.csv", content)]))
    crc = zlib.crc32(content[:size]) if crc is None else crc
    start, directory = 0, packed.index(b"PK\x01\x02")
    struct.pack_into("<I", packed, start + 14, crc)
    struct.pack_into("<I", packed, start + 22, size)
    struct.pack_into("<I", packed, directory + 16, crc)
    struct.pack_into("<I", packed, directory + 24, size)
    return bytes(packed)


def of_method(content: bytes, method: int) -> bytes:
    """A zip whose only member says that it is compressed by another method."""
    packed = bytearray(zipped([("day.csv", content)]))
    struct.pack_into("<H", packed, 8, method)
    struct.pack_into("<H", packed, packed.index(b"PK\x01\x02") + 10, method)
    return bytes(packed)


def encrypted(members: Sequence[Member], names: Sequence[str]) -> bytes:
    """A zip in which the members of these names are marked as encrypted."""
    packed = bytearray(zipped(members))
    place = 0
    while (place := packed.find(b"PK\x01\x02", place)) >= 0:
        length = int.from_bytes(packed[place + 28 : place + 30], "little")
        if packed[place + 46 : place + 46 + length].decode() in names:
            packed[place + 8] |= 1
        place += 46
    return bytes(packed)


def damaged(packed: bytes, share: float = 0.5, length: int = 40) -> bytes:
    """The same with bytes in its middle overwritten."""
    middle = int(len(packed) * share)
    return packed[:middle] + b"\xa5" * length + packed[middle + length :]
