"""The output: a folder, plain or gzipped, or one zip archive."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

# A constant time stamp, so that archives are identical byte for byte each time.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Chunk:
    """A piece of a file and its number of readings."""

    data: bytes
    rows: int = 0


@dataclass(frozen=True)
class Written:
    """Totals of one or several files: rows, bytes before compression, files."""

    rows: int = 0
    size: int = 0
    files: int = 1

    def __add__(self, other: Written) -> Written:
        return Written(self.rows + other.rows, self.size + other.size, self.files + other.files)


class Place(Protocol):
    """Accepts files by their path below it."""

    def put(self, name: str, chunks: Iterable[Chunk]) -> Written:
        """Write one file, piece by piece."""
        ...


@dataclass(frozen=True)
class Folder:
    """Files below `root`, with `.gz` appended to each name if `gzipped`."""

    root: Path
    gzipped: bool = False

    def put(self, name: str, chunks: Iterable[Chunk]) -> Written:
        """Write a file, which gets its name only when it is complete."""
        path = self.root / (f"{name}.gz" if self.gzipped else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        try:
            with unfinished.open("wb") as file:
                if self.gzipped:
                    with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
                        written = _pour(packed, chunks)
                else:
                    written = _pour(file, chunks)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return written


@dataclass(frozen=True)
class Archive:
    """Entries of an open zip archive."""

    zip: zipfile.ZipFile

    def put(self, name: str, chunks: Iterable[Chunk]) -> Written:
        """Write one entry."""
        entry = zipfile.ZipInfo(name, ZIP_EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self.zip.open(entry, "w", force_zip64=True) as file:
            return _pour(file, chunks)


def _pour(file: IO[bytes] | gzip.GzipFile, chunks: Iterable[Chunk]) -> Written:
    rows = size = 0
    for chunk in chunks:
        file.write(chunk.data)
        rows += chunk.rows
        size += len(chunk.data)
    return Written(rows, size)
