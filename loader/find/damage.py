"""Convert the exceptions of reading a file into errors for the user."""

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

from loader.errors import COPY_AGAIN, BadFileError, LoaderError, NoInputError
from loader.find.data_files import DataFile
from loader.find.disk_status import changed
from loader.find.spool import Seekable
from loader.names import printable_name
from loader.resources import is_full

DAMAGED = (
    *(EOFError, zlib.error, lzma.LZMAError, struct.error),
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile),
    # Raised for invalid names, lengths and positions, and for endless nesting.
    *(UnicodeError, LookupError, ValueError, OverflowError, RecursionError),
)
"""What Python's modules raise for a damaged archive or compressed file."""


DECOMPRESS = "decompress it, or compress it with gzip or zip's default method"


@contextmanager
def errors_of(file: DataFile) -> Iterator[None]:
    """Convert the exceptions of reading a file into errors that name it."""
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
            f"there is not enough memory to decompress {file.name}", DECOMPRESS
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        what = f"{file.name} has an unsupported compression: {_reason(error)}"
        raise BadFileError(what, DECOMPRESS) from error
    except OSError as error:
        if is_full(error):
            raise  # the disk with the copy is full, the file isn't damaged
        # bz2 has no exception class; a position before the beginning is an invalid argument.
        if error.errno in (None, errno.EINVAL, errno.EOVERFLOW):
            raise damaged(file, error) from error
        raise NoInputError(
            f"{file.name} can't be opened: {error.strerror or error}",
            "make it readable for this user",
        ) from error


def damaged(file: DataFile, error: BaseException) -> BadFileError:
    return BadFileError(
        f"{file.name} is damaged: {_reason(error) or 'it ends too early'}",
        COPY_AGAIN,
    )


def _reason(error: BaseException) -> str:
    return printable_name(" ".join(str(error).split()))[:200]


class ReadableFile(Seekable, io.BufferedIOBase):
    """A stream whose read errors name the file; errors in processing its content don't."""

    def __init__(self, stream: BinaryIO, file: DataFile) -> None:
        self._stream, self._file = stream, file

    @property
    def name(self) -> str:
        return self._file.name

    def read(self, size: int | None = -1) -> bytes:
        with errors_of(self._file):
            return self._stream.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with errors_of(self._file):
            return self._stream.seek(offset, whence)

    def fileno(self) -> int:
        return self._stream.fileno()
