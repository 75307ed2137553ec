"""Recognize the format of an open file, or say why it is not understood."""

from dataclasses import dataclass
from typing import BinaryIO

from loader.errors import BadFileError
from loader.find.damage import damaged
from loader.find.data_files import DataFile
from loader.find.disk_status import DiskStatus
from loader.find.file_kinds import seen
from loader.find.utf16 import unmarked_utf16
from loader.readers import UNDERSTOOD, Layout, recognise


@dataclass(frozen=True)
class OpenFile:
    """A file opened for reading.

    Attributes:
        stream: its bytes, uncompressed; of UTF-16, in UTF-8.
        plain: it lies on the disk as it is, so it may grow, and its size is the stream's.
        head: its first bytes.
        status: of the file on the disk, or of the archive, as it was opened.
    """

    stream: BinaryIO
    plain: bool
    head: bytes
    status: DiskStatus


def recognise_file(file: DataFile, opened: OpenFile) -> Layout | None:
    """The layout of an open file; None if no reader claims it.

    Raises:
        BadFileError: as ``recognise_head``.
    """
    return recognise_head(file, opened.head)


def recognise_head(file: DataFile, head: bytes) -> Layout | None:
    """The layout of a file that begins with ``head``; None if no reader claims it.

    Raises:
        BadFileError: two readers do, one can't even look at it, it is UTF-16 that does not say
            so, or its lines end with CR alone.
    """
    unmarked = unmarked_utf16(head)
    if unmarked is not None and recognise(unmarked, file.name) is not None:
        raise BadFileError(
            f"{file.name} is UTF-16 without a byte order mark", "save it as UTF-8, or with the mark"
        )
    try:
        layout = recognise(head, file.name)
        if layout is None and b"\r" in head and b"\n" not in head:
            _refuse_bare_returns(file, head)
        return layout
    except BadFileError as error:
        raise BadFileError(f"{file.name}: {error.what}", error.hint) from error
    except (RecursionError, ValueError) as error:
        raise damaged(file, error) from error


def _refuse_bare_returns(file: DataFile, head: bytes) -> None:
    """Refuse a file whose lines end with CR alone and that would be understood with LF."""
    if recognise(head.replace(b"\r", b"\n"), file.name) is not None:
        raise BadFileError("its lines end with CR alone", "save it with LF or CRLF as line ends")


def not_understood(file: DataFile, opened: OpenFile) -> BadFileError:
    """The refusal of a file that ought to be understood: what was expected and what was seen."""
    if recognise(opened.head) is not None:
        return BadFileError(
            f"{file.name} is passed over: its name says that it holds resting heart rates",
            "give it another name if it holds readings",
        )
    if not opened.head.strip():
        return BadFileError(
            f"{file.name} is empty", "export it again, or take it out of the folder"
        )
    return BadFileError(
        f"{file.name} is not understood: expected {UNDERSTOOD}; seen {seen(opened.head)}",
        "export it again, or take it out of the folder",
    )
