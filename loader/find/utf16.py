"""Convert UTF-16, which PowerShell's ``>`` and spreadsheets write, to UTF-8."""

import codecs
import io
from typing import BinaryIO, cast

from loader.find.spool import CHUNK, Seekable

UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""Byte order marks. That of UTF-32 begins like the first, but no reader claims the result."""

ASCII_CHECKED = 64
"""Bytes of a file without a byte order mark that are checked for UTF-16."""


def as_utf8(stream: BinaryIO) -> BinaryIO | None:
    """The stream in UTF-8 if it begins with UTF-16's byte order mark; else None.

    The stream is at its beginning before and after.
    """
    encoding = UTF_16.get(stream.read(2))
    stream.seek(0)
    if encoding is None:
        return None
    return cast(BinaryIO, io.BufferedReader(_Transcoded(stream, encoding), CHUNK))


def unmarked_utf16(head: bytes) -> bytes | None:
    """The head of a file in UTF-8 if it is ASCII in UTF-16 without a byte order mark."""
    begin = head[:ASCII_CHECKED]
    for encoding, letters, zeros in (
        ("utf-16-le", begin[::2], begin[1::2]),
        ("utf-16-be", begin[1::2], begin[::2]),
    ):
        if len(begin) > 1 and b"\0" not in letters and not zeros.strip(b"\0"):
            return head.decode(encoding, "replace").encode()
    return None


class _Transcoded(Seekable, io.RawIOBase):
    """UTF-16 as UTF-8. Invalid UTF-16 becomes an escape, which is invalid in every field."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        super().__init__()
        self.name = getattr(source, "name", "")
        self._source = source
        self._encoding = encoding
        self._begin()

    def _begin(self) -> None:
        self._source.seek(2)
        self._decoder = codecs.getincrementaldecoder(self._encoding)("backslashreplace")
        self._ready = b""
        self._ended = False
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back to the beginning, or stay; no caller needs more."""
        if whence != io.SEEK_SET or offset not in (0, self._position):
            raise io.UnsupportedOperation("can only seek to the beginning")
        if offset != self._position:
            self._begin()
        return offset

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            block = self._source.read(CHUNK)
            self._ended = not block
            text = self._decoder.decode(block, final=self._ended)
            self._ready = text.encode("utf-8", "backslashreplace")
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._position += count
        return count
