"""The files in ``DATA_DIR``: found, opened and recognised by their content."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loader.errors import BadFileError, NoInputError
from loader.readers import READERS, Layout, recognise

HEAD = 64 << 10
"""Bytes looked at to recognise a file."""


@dataclass(frozen=True)
class DataFile:
    """One file as it is on the disk now.

    Attributes:
        path: where it is.
        name: its path below ``DATA_DIR``: how the ledger and every message call it.
        size: bytes.
        modified_ns: its modification time in nanoseconds.
    """

    path: Path
    name: str
    size: int
    modified_ns: int


def discover(data_dir: Path) -> list[DataFile]:
    """Every CSV file below ``data_dir``, in the order of their names.

    Raises:
        NoInputError: the folder is missing, can't be read, or holds no CSV file.
    """
    try:
        found = sorted(_csv_files(data_dir), key=lambda file: file.name)
    except OSError as error:
        raise NoInputError(
            f"{error.filename or data_dir} can't be read: {error.strerror}",
            "make it readable for this user, or set DATA_DIR to the folder with hr.csv",
        ) from error
    if not found:
        raise NoInputError(
            f"no CSV file in {data_dir}",
            "put hr.csv there, or set DATA_DIR to the folder with hr.csv",
        )
    return found


@contextmanager
def open_file(file: DataFile) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises:
        NoInputError: it can't be opened.
    """
    try:
        stream = file.path.open("rb")
    except OSError as error:
        raise NoInputError(
            f"{file.name} can't be opened: {error.strerror}", "make it readable for this user"
        ) from error
    with stream:
        yield stream


def recognise_file(file: DataFile, stream: BinaryIO) -> Layout:
    """The layout of an open file.

    Raises:
        BadFileError: it is empty or its header fits no format; says what was expected and seen.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    if not head.strip():
        raise BadFileError(f"{file.name} is empty", "export it again, or take it out of the folder")
    layout = recognise(head)
    if layout is None:
        expected = "; or ".join(reader.expected for reader in READERS)
        raise BadFileError(
            f"{file.name}: the header should be {expected}, but is {_shown(head)}",
            "export it again with that header, or take it out of the folder",
        )
    return layout


def _csv_files(data_dir: Path) -> Iterator[DataFile]:
    def fail(error: OSError) -> None:
        raise error

    for folder, _, names in os.walk(data_dir, onerror=fail, followlinks=True):
        for name in names:
            if name.lower().endswith(".csv"):
                path = Path(folder, name)
                yield describe(path, path.relative_to(data_dir))


def describe(path: Path, relative: Path) -> DataFile:
    """The file as it is now.

    Raises:
        OSError: it is gone or can't be looked at.
    """
    status = path.stat()
    return DataFile(path, _ledger_name(relative), status.st_size, status.st_mtime_ns)


def _ledger_name(relative: Path) -> str:
    """The name as printable text. What is not is escaped, backslashes too: no two names collide."""
    name = os.fsencode(relative.as_posix()).replace(b"\\", b"\\\\")
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _shown(head: bytes) -> str:
    first_line = head.split(b"\n", 1)[0].strip()[:60]
    return repr(first_line.decode("utf-8", "backslashreplace"))
