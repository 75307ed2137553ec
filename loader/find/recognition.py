"""Recognize the format of an open file, or explain why it isn't understood."""

from dataclasses import dataclass
from typing import BinaryIO

from loader.errors import EXPORT_AGAIN, BadFileError
from loader.find.damage import damaged
from loader.find.data_files import DataFile
from loader.find.disk_status import DiskStatus
from loader.find.file_kinds import describe_content
from loader.find.utf16 import unmarked_utf16
from loader.readers import EXPECTED, Layout, recognise
from loader.readers.quantity_in_name import quantity_in_name


@dataclass(frozen=True)
class OpenFile:
    """A file opened for reading.

    Attributes:
        stream: its bytes, decompressed, and UTF-16 converted to UTF-8.
        plain: the stream is the file on the disk itself, so the file may grow.
        head: its first bytes.
        status: the status of the file on the disk, or of the archive, when it was opened.
    """

    stream: BinaryIO
    plain: bool
    head: bytes
    status: DiskStatus


def recognise_file(file: DataFile, head: bytes) -> Layout | None:
    """The layout of a file that begins with ``head``; None if no reader claims it.

    Raises:
        BadFileError: two readers claim it, the settings of its folder contradict it, it is damaged
            or nested too deeply, it is UTF-16 without a byte order mark, or its lines end with CR
            alone.
    """
    try:
        _refuse_unmarked_utf16(file, head)
        layout = recognise(head, file.name, file.settings)
        if layout is None and b"\r" in head and b"\n" not in head:
            _refuse_bare_returns(file, head)
        return layout
    except BadFileError as error:
        raise BadFileError(f"{file.name}: {error.what}", error.hint) from error
    except (RecursionError, ValueError) as error:
        raise damaged(file, error) from error


def recognise_content(file: DataFile, opened: OpenFile) -> Layout | None:
    """The layout of an open file, which is read on if its first bytes don't decide.

    Raises:
        BadFileError: as ``recognise_file``, or it can't be read.
    """
    layout = recognise_file(file, opened.head)
    if layout is None or layout.reader.confirms is None:
        return layout
    confirmed = layout.reader.confirms(opened.stream, file.name)
    opened.stream.seek(0)
    return layout if confirmed else None


def skipped_by_name(file: DataFile, opened: OpenFile) -> str | None:
    """The words of its name that alone keep a file from being read; None if there are none."""
    words = quantity_in_name(file.name)
    if words is None or recognise(opened.head, file.name, file.settings) is not None:
        return None
    try:
        without_name = recognise(opened.head, settings=file.settings)
    except BadFileError:
        return None  # it has only some of the columns that its folder's settings name
    return None if without_name is None else words


def describe_skipped(file: DataFile, opened: OpenFile) -> str:
    """Why a file is skipped, as the end of a sentence about it."""
    words = skipped_by_name(file, opened)
    if words is None:
        return describe_content(opened.head)
    return f"says “{words}” in its name; rename it if it has heart rates"


def _refuse_unmarked_utf16(file: DataFile, head: bytes) -> None:
    """Refuse a file in UTF-16 without a byte order mark if it would be understood with it."""
    unmarked = unmarked_utf16(head)
    if unmarked is not None and recognise(unmarked, file.name, file.settings) is not None:
        raise BadFileError(
            "it is UTF-16 without a byte order mark", "save it as UTF-8, or with the mark"
        )


def _refuse_bare_returns(file: DataFile, head: bytes) -> None:
    """Refuse a file with CR as line ends if it would be understood with LF."""
    if recognise(head.replace(b"\r", b"\n"), file.name, file.settings) is not None:
        raise BadFileError("its lines end with CR alone", "save it with LF or CRLF line ends")


def not_understood(file: DataFile, opened: OpenFile) -> BadFileError:
    """The error for a file that should be understood."""
    words = skipped_by_name(file, opened)
    if words is not None:
        return BadFileError(
            f"{file.name} is skipped, because its name says “{words}”",
            "rename it if it has heart rates",
        )
    if not opened.head.strip():
        return BadFileError(f"{file.name} is empty", EXPORT_AGAIN)
    return BadFileError(
        f"{file.name} is not understood: expected {EXPECTED}; it {describe_content(opened.head)}",
        EXPORT_AGAIN,
    )
