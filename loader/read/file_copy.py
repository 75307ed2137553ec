r"""Copy a file's new lines, clean and count them, and compute the file's fingerprint.

DuckDB parses the copy and not the file, so that the same content is counted, staged and
fingerprinted even while another program writes the file. Cleaning ensures that every line becomes
one row: bytes that are not UTF-8, NUL and lone carriage returns are escaped (``\xff``, ``\x00``,
``\r``), a line of 64 KiB or more is truncated, and a blank line becomes a space. Such lines are
rejected; the rows around them are loaded.
A document (JSON) of plain shape is parsed without changes; its reader rewrites any other.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from loader.errors import EXPORT_AGAIN, BadFileError, FileChangedError
from loader.ledger.fingerprint import BLOCK, Fingerprint
from loader.readers.plain_shape import PlainShape, ShapeCheck
from loader.readers.rewritten import Rewritten
from loader.readers.zone_limits import ZoneLimits

WINDOW = 64 << 10
"""Bytes; a line of this length or more is truncated."""

LINE_END = ord("\n")

LONGEST_KEPT = 2000
"""Bytes kept of a truncated line: enough for the parser to find that it is too long."""


Progress = Callable[[int], None]
"""Called with the number of bytes that were just read."""


@dataclass(frozen=True)
class FileCopy:
    """The result of copying a file.

    Attributes:
        rows: the number of lines in the copy, or of rows in a plain document.
        fingerprint: of the file from its first byte to the end of its last complete line.
        plain: false for a document that its reader has to rewrite.
        has_line_relation: a plain document of one line, for which its format has a relation.
        continues: the document says that it continues in another file.
        limits: the limits of the wearer's zones in the document.
    """

    rows: int
    fingerprint: Fingerprint
    plain: bool = True
    has_line_relation: bool = False
    continues: bool = False
    limits: tuple[ZoneLimits, ...] = ()


def copy_lines(
    source: BinaryIO,
    target: Path,
    start: int,
    end: int | None,
    tail_end: int,
    known: Fingerprint,
    progress: Progress,
) -> FileCopy:
    """Copy the lines in ``source[start:end]`` to ``target`` and extend the fingerprint to ``end``.

    Args:
        source: the file, opened for reading.
        target: the copy to write.
        start: the first byte of the first line to copy.
        end: the byte after the last newline; None for the whole rest of the file, including a last
            line without a newline.
        tail_end: the end of a last line without a newline; equal to ``end`` to skip that line.
        known: the fingerprint of the bytes before ``start`` (empty for a whole file).
        progress: called for every block read.

    Raises:
        FileChangedError: the file became shorter, no line ends at ``start`` or ``end``, or the last
            block of ``known`` differs. The next run finds a change before that block.
    """
    fingerprint = known.without_last_block()
    resumed = fingerprint.length
    with target.open("wb") as stream:
        writer = _LineWriter(stream)
        source.seek(resumed)
        for position, block in _blocks(source, fingerprint, end, progress):
            if position == resumed and not known.ends_with(block):
                raise _changed(source, "was rewritten")
            _require_line_ends(source, block, position, start, end)
            writer.write(block[max(0, start - position) :])
        if end is not None and tail_end > end:
            source.seek(end)
            writer.write(source.read(min(tail_end - end, LONGEST_KEPT)) + b"\n")
        writer.finish()
        return FileCopy(writer.lines, fingerprint)


def _require_line_ends(
    source: BinaryIO, block: bytes, position: int, start: int, end: int | None
) -> None:
    for bound in (start, end):
        within = (bound or 0) - position
        if 0 < within <= len(block) and block[within - 1] != LINE_END:
            raise _changed(source, "was rewritten")


def _changed(source: BinaryIO, how: str) -> FileChangedError:
    return FileChangedError(
        f"{source.name} {how} while it was read", "run again when no program is writing it"
    )


def copy_document(
    source: BinaryIO,
    target: Path,
    original: Path | None,
    shape: PlainShape | None,
    progress: Progress,
) -> FileCopy:
    """Copy a document to ``target``, count its rows independently of the parser, check its shape.

    Args:
        original: the path of an uncompressed document, which is linked instead of copied: copying a
            thousand documents takes longer than parsing them. The caller has to check that it is
            unchanged after parsing.
        shape: of the documents that the parser can read without changes; None if there are none.
    """
    fingerprint = Fingerprint()
    check = ShapeCheck(shape) if shape else None
    if original is not None:
        target.symlink_to(original)
    with target.open("wb") if original is None else nullcontext() as stream:
        for _, block in _blocks(source, fingerprint, None, progress):
            if check is not None:
                check.add(block)
            if stream is not None:
                stream.write(block)
    if check is None or not check.is_plain:
        return FileCopy(0, fingerprint, plain=False)
    return FileCopy(
        check.rows,
        fingerprint,
        has_line_relation=check.has_line_relation,
        continues=check.continues,
    )


def rewrite_document(
    copy: Path, name: str, rewrite: Callable[[BinaryIO, TextIO, str], Rewritten]
) -> Rewritten:
    """Rewrite a document in place with its reader's strict parser.

    Raises:
        BadFileError: the reader doesn't understand a part of it.
    """
    rewritten = copy.with_suffix(".rewritten")
    try:
        with copy.open("rb") as source, rewritten.open("w", encoding="ascii") as target:
            found = rewrite(source, target, name)
    except RecursionError as error:
        raise BadFileError("it is nested too deeply to be read", EXPORT_AGAIN) from error
    rewritten.replace(copy)
    return found


def _blocks(
    source: BinaryIO, fingerprint: Fingerprint, end: int | None, progress: Progress
) -> Iterator[tuple[int, bytes]]:
    """Iterate over (position, block) after the fingerprint's end, and extend the fingerprint.

    A complete block is hashed in a separate thread while the caller works on it.
    """
    with ThreadPoolExecutor(max_workers=1) as hashing:
        while end is None or fingerprint.length < end:
            position = fingerprint.length
            block = source.read(BLOCK if end is None else min(BLOCK, end - position))
            if not block and end is None:
                return
            if not block:
                raise _changed(source, "became shorter")
            if len(block) < BLOCK:
                # A thread for each of a thousand small files would take longer than hashing them.
                fingerprint.extend(block)
                yield position, block
            else:
                hashed = hashing.submit(fingerprint.extend, block)
                yield position, block
                hashed.result()
            progress(len(block))


class _LineWriter:
    """Writes blocks of bytes as complete, clean lines and counts the lines."""

    def __init__(self, stream: BinaryIO) -> None:
        self.lines = 0
        self._stream = stream
        self._partial = b""

    def write(self, block: bytes) -> None:
        cut = block.rfind(b"\n") + 1
        if cut == 0:
            # Truncated here already, so that a very long line doesn't fill the memory.
            self._partial = (self._partial + block)[:WINDOW]
            return
        lines, count = clean(self._partial + block[:cut])
        self._partial = block[cut:]
        self.lines += count
        self._stream.write(lines)

    def finish(self) -> None:
        if self._partial:
            self.write(b"\n")


def clean(lines: bytes) -> tuple[bytes, int]:
    """Make complete lines safe for the parser; return them and their unchanged number.

    Only lines with unusual bytes are decoded one by one.
    """
    # Imported here, because a run that finds nothing new reads no lines.
    import numpy as np

    if b"\r" in lines:
        lines = lines.replace(b"\r\n", b"\n")
    # Searching for two line ends in a row would take longer than the SHA-256.
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == LINE_END)
    lengths = np.diff(ends, prepend=-1) - 1
    if (
        not lines.isascii()
        or b"\0" in lines
        or b"\r" in lines
        or b"\x1e" in lines
        or b"\x1f" in lines
        or lengths.max() >= WINDOW
    ):
        lines = b"\n".join(_clean_line(line) for line in lines.split(b"\n"))
    if lengths.min() == 0:
        # DuckDB skips blank lines, which would shift every line number after them.
        lines = lines.replace(b"\n\n", b"\n \n").replace(b"\n\n", b"\n \n")
        lines = b" " + lines if lines.startswith(b"\n") else lines
    return lines, len(lengths)


def _clean_line(line: bytes) -> bytes:
    text = line[:LONGEST_KEPT].decode("utf-8", "backslashreplace")
    for control in ("\0", "\x1e", "\x1f"):
        text = text.replace(control, f"\\x{ord(control):02x}")
    return text.replace("\r", "\\r").encode()
