"""The files below ``DATA_DIR`` as they are now: plain, compressed, or inside an archive."""

import gzip
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from loader.disk_status import DiskStatus, changed, require_found
from loader.errors import BadFileError, LoaderError, NoInputError
from loader.readers import UNDERSTOOD, Layout, recognise

HEAD = 64 << 10
"""Bytes looked at to recognise a file."""

LEFT_ALONE = ("~", ".bak", ".crdownload", ".download", ".part", ".partial", ".swp", ".tmp")
"""How the names of copies end that an editor or a download leaves: they are not looked at."""

ZIP_MAGIC, GZIP_MAGIC = b"PK\x03\x04", b"\x1f\x8b"


@dataclass(frozen=True)
class DataFile:
    """One file as it is now.

    Attributes:
        path: the file on the disk: itself, or the archive that holds it.
        name: its path below ``DATA_DIR``, an archive's name being a folder's: how the ledger and
            every message call it.
        size: bytes; of a file in an archive, uncompressed.
        stamp: its modification time in nanoseconds; of a file in an archive its CRC-32, which
            stays when the same archive is downloaded again.
        member: its name inside the archive; None for a file on the disk.
        found: the file on the disk, or the archive, as it was found; None: nothing is known of it.
    """

    path: Path
    name: str
    size: int
    stamp: int
    member: str | None = None
    found: DiskStatus | None = None

    @property
    def changed_ns(self) -> int | None:
        """The inode's change time in nanoseconds; None for a file in an archive."""
        return self.found.changed_ns if self.found is not None and self.member is None else None


@dataclass(frozen=True)
class OpenFile:
    """A file opened for reading.

    Attributes:
        stream: its bytes, uncompressed.
        plain: it lies on the disk as it is, so it may grow, and its size is the stream's.
        head: its first bytes.
        status: of the file on the disk, or of the archive, as it was opened.
    """

    stream: BinaryIO
    plain: bool
    head: bytes
    status: DiskStatus


def discover(data_dir: Path) -> list[DataFile]:
    """Every file below ``data_dir``, unopened, in the order of their names.

    Hidden files and the copies that editors and downloads leave are not looked at.

    Raises:
        NoInputError: the folder is missing, can't be read, or holds no file.
    """
    try:
        found = sorted(_walk(data_dir), key=lambda file: file.name)
    except OSError as error:
        raise NoInputError(
            f"{error.filename or data_dir} can't be read: {error.strerror}",
            "make it readable for this user, or set DATA_DIR to the folder with hr.csv",
        ) from error
    if not found:
        raise NoInputError(
            f"no file in {data_dir}",
            "put hr.csv or an export there, or set DATA_DIR to the folder with it",
        )
    return found


def describe(path: Path, relative: Path) -> DataFile:
    """The file as it is now.

    Raises:
        OSError: it is gone or can't be looked at.
    """
    found = DiskStatus.of(path.stat())
    name = printable_name(relative.as_posix())
    return DataFile(path, name, found.size, found.modified_ns, found=found)


def _walk(data_dir: Path) -> Iterator[DataFile]:
    def fail(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(data_dir, onerror=fail, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not name.lower().endswith(LEFT_ALONE):
                path = Path(folder, name)
                try:
                    yield describe(path, path.relative_to(data_dir))
                except FileNotFoundError:
                    if path.is_symlink():
                        raise
                    # It was removed since its name was listed.


class Opener:
    """Opens files, also inside archives; a context manager that keeps the last archive open."""

    def __init__(self) -> None:
        self._archive: _OpenArchive | None = None

    def __enter__(self) -> "Opener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close_archive()

    def members(self, file: DataFile) -> list[DataFile] | None:
        """The files inside an archive, in the order of their names; None if it is no archive.

        Raises:
            NoInputError: the file can't be opened.
            BadFileError: it begins like an archive and can't be read as one.
        """
        with _readable(file):
            with _open_on_disk(file) as stream:
                if stream.read(len(ZIP_MAGIC)) != ZIP_MAGIC:
                    return None
            entries = [
                entry for entry in self._open_archive(file).content.infolist() if _wanted(entry)
            ]
            if any(entry.flag_bits & 1 for entry in entries):
                raise BadFileError(f"{file.name} is encrypted", "decrypt it, or take it away")
        found = [
            DataFile(
                file.path,
                f"{file.name}/{printable_name(entry.filename)}",
                entry.file_size,
                entry.CRC,
                entry.filename,
                file.found,
            )
            for entry in entries
        ]
        return sorted(found, key=lambda member: member.name)

    @contextmanager
    def open(self, file: DataFile) -> Iterator[OpenFile]:
        """Open a file for reading; one compressed by gzip is uncompressed on the way.

        Raises:
            NoInputError: it can't be opened.
            BadFileError: its compressed form is damaged, which may show while it is read.
        """
        with _readable(file), self._open_stream(file) as raw:
            status = self._status(file, raw)
            compressed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            raw.seek(0)
            if not compressed:
                yield _opened(raw, status, plain=file.member is None)
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield _opened(cast(BinaryIO, stream), status, plain=False)

    def _open_stream(self, file: DataFile) -> BinaryIO:
        if file.member is None:
            return _open_on_disk(file)
        return cast(BinaryIO, self._open_archive(file).content.open(file.member))

    def _status(self, file: DataFile, raw: BinaryIO) -> DiskStatus:
        if file.member is None:
            return DiskStatus.of(os.fstat(raw.fileno()))
        return self._open_archive(file).status

    def _open_archive(self, file: DataFile) -> "_OpenArchive":
        if self._archive is None or self._archive.path != file.path:
            self._close_archive()
            stream = _open_on_disk(file)
            try:
                status = DiskStatus.of(os.fstat(stream.fileno()))
                if file.found is not None and status.size != file.found.size:
                    raise changed(file.name)
                self._archive = _OpenArchive(file.path, stream, status, zipfile.ZipFile(stream))
            except BaseException:
                stream.close()
                raise
        return self._archive

    def _close_archive(self) -> None:
        if self._archive is not None:
            self._archive.content.close()
            self._archive.stream.close()
            self._archive = None


@dataclass(frozen=True)
class _OpenArchive:
    path: Path
    stream: BinaryIO
    status: DiskStatus
    content: zipfile.ZipFile


def _open_on_disk(file: DataFile) -> BinaryIO:
    """Open the file that was found, and no other that now has its name.

    Raises:
        FileChangedError: it is another one, or shorter than it was.
    """

    def without_waiting(path: str, flags: int) -> int:
        # A pipe that was put in the file's place would be waited for.
        return os.open(path, flags | os.O_NONBLOCK)

    stream = open(file.path, "rb", opener=without_waiting)  # noqa: SIM115
    try:
        require_found(file.name, file.found, DiskStatus.of(os.fstat(stream.fileno())))
    except BaseException:
        stream.close()
        raise
    return stream


def recognise_file(file: DataFile, opened: OpenFile) -> Layout | None:
    """The layout of an open file; None if no reader claims it.

    Raises:
        BadFileError: two readers do.
    """
    try:
        return recognise(opened.head)
    except BadFileError as error:
        raise BadFileError(f"{file.name}: {error.what}", error.hint) from error


def not_understood(file: DataFile, opened: OpenFile) -> BadFileError:
    """The refusal of a file that ought to be understood: what was expected and what was seen."""
    if not opened.head.strip():
        return BadFileError(
            f"{file.name} is empty", "export it again, or take it out of the folder"
        )
    return BadFileError(
        f"{file.name} is not understood: expected {UNDERSTOOD}; seen {_shown(opened.head)}",
        "export it again, or take it out of the folder",
    )


def printable_name(name: str) -> str:
    """A name as printable text. What is not is escaped, backslashes too: no two names collide."""
    text = os.fsencode(name).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


@contextmanager
def _readable(file: DataFile) -> Iterator[None]:
    """Turn what may go wrong with a file into an error for a person."""
    try:
        yield
    except LoaderError:
        raise
    except FileNotFoundError as error:
        raise changed(file.name) from error
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, KeyError) as error:
        raise BadFileError(
            f"{file.name} is damaged: {error or 'it ends too early'}",
            "download or copy it again, or take it out of the folder",
        ) from error
    except NotImplementedError as error:
        raise BadFileError(
            f"{file.name} is compressed in a way that is not understood: {error}",
            "unpack it, or compress it with gzip or zip's own method",
        ) from error
    except OSError as error:
        raise NoInputError(
            f"{file.name} can't be opened: {error.strerror or error}",
            "make it readable for this user",
        ) from error


def _opened(stream: BinaryIO, status: DiskStatus, *, plain: bool) -> OpenFile:
    head = stream.read(HEAD)
    stream.seek(0)
    return OpenFile(stream, plain, head, status)


def _wanted(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.split("/")
    return not (
        entry.is_dir()
        # What macOS adds to an archive: __MACOSX/._name.
        or any(part.startswith(".") or part == "__MACOSX" for part in parts)
        or entry.filename.lower().endswith(LEFT_ALONE)
    )


def _shown(head: bytes) -> str:
    first_line = head.split(b"\n", 1)[0].strip()[:60]
    return repr(first_line.decode("utf-8", "backslashreplace"))
