"""Copy members of an archive to an unnamed temporary file, to read them in any order."""

import errno
import io
import os
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from loader.errors import CantWriteError

HEAD = 64 << 10
"""Bytes read to recognise a file."""

CHUNK = 1 << 20


class Seekable:
    """Marks a stream as readable and seekable, which ``io``'s base classes are not."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def spooled(stream: BinaryIO, folder: Path | None) -> BinaryIO:
    """A seekable copy of a stream in an unnamed temporary file."""
    spool = Spool(folder)
    start, length, _ = spool.copy(stream, lambda head: True)
    return Slice(spool, start, length, close_spool=True).buffered()


class Spool:
    """An unnamed temporary file, which disappears with the process, even a killed one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        try:
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._cant_write(error) from error
        self._end = 0

    def copy(self, source: BinaryIO, keep: Callable[[bytes], bool]) -> tuple[int, int, int]:
        """Append a stream, or only its head.

        Args:
            source: the stream, read to its end.
            keep: says by the head of a stream whether to keep all of it.

        Returns:
            Its start, the number of bytes kept, and the CRC-32 of the whole stream.
        """
        start, length, crc = self._end, 0, 0
        chunk = source.read(HEAD)
        kept_whole = keep(chunk)
        while chunk:
            crc = zlib.crc32(chunk, crc)
            if kept_whole or not length:
                self._write(chunk)
                length += len(chunk)
            chunk = source.read(CHUNK)
        return start, length, crc

    def pread(self, size: int, offset: int) -> bytes:
        return os.pread(self._file.fileno(), size, offset)

    def close(self) -> None:
        self._file.close()

    def _write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise self._cant_write(error) from error
        self._end += len(chunk)

    def _cant_write(self, error: OSError) -> CantWriteError:
        folder = self._folder or tempfile.gettempdir()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "is full" if full else f"can't be written: {error.strerror}"
        return CantWriteError(
            f"{folder} {what}",
            "set SCRATCH_DIR to a folder with as much free space as the files have",
        )


class Slice(Seekable, io.RawIOBase):
    """A part of a spool as a separate stream.

    Args:
        start, length: the part.
        size: the size of the content, if the spool has only its head.
        keep_whole: called if more is read; copies all of it and returns its start.
        close_spool: the spool has no other content and is closed with the stream.
    """

    def __init__(
        self,
        spool: Spool,
        start: int,
        length: int,
        size: int | None = None,
        keep_whole: Callable[[], int] | None = None,
        *,
        close_spool: bool = False,
    ) -> None:
        self._spool, self._start, self._length = spool, start, length
        self._size = length if size is None else size
        self._keep_whole = keep_whole
        self._close_spool = close_spool
        self._position = 0

    def buffered(self) -> BinaryIO:
        return io.BufferedReader(self)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self._length and self._length < self._size and self._keep_whole:
            self._start, self._length = self._keep_whole(), self._size
        wanted = max(0, min(len(buffer), self._length - self._position))
        data = self._spool.pread(wanted, self._start + self._position)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "a position before the beginning")
        self._position = base + offset
        return self._position

    def close(self) -> None:
        if self._close_spool and not self.closed:
            self._spool.close()
        super().close()
