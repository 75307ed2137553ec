"""Turn what may go wrong while a file is read into an error for a person."""

import errno
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from loader.errors import BadFileError, LoaderError, NoInputError
from loader.find.data_files import DataFile
from loader.find.disk_status import changed
from loader.names import printable_name
from loader.resources import is_full

DAMAGED = (
    *(EOFError, zlib.error, lzma.LZMAError, struct.error),
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile),
    # What a name, a length or a position that makes no sense ends with, and a nesting without end.
    *(UnicodeError, LookupError, ValueError, OverflowError, RecursionError),
)
"""How Python's own modules say that a compressed file or an archive is damaged."""


@contextmanager
def errors_of(file: DataFile) -> Iterator[None]:
    """Turn what may go wrong with a file into an error for a person."""
    try:
        yield
    except LoaderError:
        raise
    except FileNotFoundError as error:
        raise changed(file.name) from error
    except DAMAGED as error:
        raise damaged(file, error) from error
    except MemoryError as error:
        raise BadFileError(
            f"{file.name} needs more memory to be uncompressed than there is",
            "unpack it, or compress it with gzip or zip's own method",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadFileError(
            f"{file.name} is compressed in a way that is not understood: {_reason(error)}",
            "unpack it, or compress it with gzip or zip's own method",
        ) from error
    except OSError as error:
        if is_full(error):
            raise  # the disk that it is copied to; nothing is wrong with the file
        # bz2 has no error of its own; a position before the beginning is an invalid argument.
        if error.errno in (None, errno.EINVAL, errno.EOVERFLOW):
            raise damaged(file, error) from error
        raise NoInputError(
            f"{file.name} can't be opened: {error.strerror or error}",
            "make it readable for this user",
        ) from error


def damaged(file: DataFile, error: BaseException) -> BadFileError:
    return BadFileError(
        f"{file.name} is damaged: {_reason(error) or 'it ends too early'}",
        "download or copy it again, or take it out of the folder",
    )


def _reason(error: BaseException) -> str:
    return printable_name(" ".join(str(error).split()))[:200]


class ReadableFile(io.BufferedIOBase):
    """A stream whose errors say which file can't be read.

    Only what reading it raises is the file's fault: not what happens to what was read.
    """

    def __init__(self, stream: BinaryIO, file: DataFile) -> None:
        self._stream, self._file = stream, file

    @property
    def name(self) -> str:
        return self._file.name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        with errors_of(self._file):
            return self._stream.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with errors_of(self._file):
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def fileno(self) -> int:
        return self._stream.fileno()
