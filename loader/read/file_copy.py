r"""A copy of a file's new lines: whole lines of clean text, frozen, counted, fingerprinted.

DuckDB parses the copy instead of the file, so that what is counted, staged and fingerprinted is
one and the same content however busily the file is being written. Cleaning makes sure that every
line reaches the parser as one row: bytes that are not UTF-8, NUL and lone carriage returns become
escapes (``\xff``, ``\x00``, ``\r``), an endless line is cut, a blank line becomes a space.
Such lines can't be parsed and end among the rejected rows; the good rows around them load.
A document (JSON) of plain shape is parsed as it is; another one is checked in full and rewritten by
its reader.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from loader.errors import BadFileError, FileChangedError
from loader.ledger.fingerprint import BLOCK, Fingerprint

WINDOW = 64 << 10
"""Bytes in which the last line end is looked for; a line that is no shorter is cut."""

LINE_END = ord("\n")

LONGEST_KEPT = 2000
"""Bytes kept of an endless line: enough for the parser to see that it is too long."""


@dataclass(frozen=True)
class PlainShape:
    """The shape of a document that the parser may read as it is.

    Attributes:
        once_a_row: bytes that every row contains once; empty if no document is plain.
        objects_a_row: how many opening braces.
    """

    once_a_row: tuple[bytes, ...]
    objects_a_row: int


Progress = Callable[[int], None]
"""Called with the number of bytes just read."""


@dataclass(frozen=True)
class FileCopy:
    """What was copied.

    Attributes:
        rows: how many lines the copy holds; of a plain document, how many rows.
        fingerprint: of the file from its first byte to the end of its last whole line.
        plain: of a document: one list of rows that have each of the reader's markers once.
    """

    rows: int
    fingerprint: Fingerprint
    plain: bool = True


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
        start: the first byte of the first line wanted; ``end`` the byte after the last newline,
            None for all there is, a last line without its newline included.
        tail_end: the end of a last line without its newline; equal to ``end`` to skip it.
        known: the fingerprint of the bytes before ``start`` (empty for a whole file).
        progress: called for every block read.

    Raises:
        FileChangedError: it is not what was planned: it became shorter, ``start`` or ``end`` is not
            where a line ends, or the bytes before ``start`` are not those that were known. Of these
            the last block is looked at; a change before it shows at the next run.
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
        f"{source.name} {how} while it was read",
        "something is writing it: run again when that has ended",
    )


def copy_document(
    source: BinaryIO, target: Path, original: Path | None, shape: PlainShape, progress: Progress
) -> FileCopy:
    """Put a document at ``target``, count its rows independently of the parser, judge its shape.

    Args:
        original: where it lies on the disk as it is: it is linked and not copied, because a
            thousand of them are copied more slowly than parsed. Whoever parses it must make sure
            that it is still the same afterwards.
        shape: of the documents that the parser may read as they are.
    """
    fingerprint = Fingerprint()
    counter = _Counter((*shape.once_a_row, b"{", b"[", b"]", b"\\"))
    last = b""
    if original is not None:
        target.symlink_to(original)
    with target.open("wb") if original is None else nullcontext() as stream:
        for _, block in _blocks(source, fingerprint, None, progress):
            counter.add(block)
            last = block.rstrip()[-1:] or last
            if stream is not None:
                stream.write(block)
    *once_a_row, braces, opened, closed, backslashes = counter.counts
    rows = once_a_row[0] if once_a_row else 0
    plain = (
        {*once_a_row} == {rows}
        and braces == shape.objects_a_row * rows
        and opened == closed == 1
        and last == b"]"
        # A backslash may hide a key.
        and not backslashes
    )
    return FileCopy(rows, fingerprint, plain)


def rewrite_document(copy: Path, rewrite: Callable[[BinaryIO, TextIO], int]) -> int:
    """Rewrite a document in its place as its reader reads it strictly; returns its number of rows.

    Raises:
        BadFileError: something of it was not understood.
    """
    rewritten = copy.with_suffix(".rewritten")
    try:
        with copy.open("rb") as source, rewritten.open("w", encoding="ascii") as target:
            rows = rewrite(source, target)
    except RecursionError as error:
        raise BadFileError(
            "it is nested too deeply to be read", "export it again, or take it out of the folder"
        ) from error
    rewritten.replace(copy)
    return rows


class _Counter:
    """Counts how often some bytes occur in a text that is read in blocks."""

    def __init__(self, wanted: Sequence[bytes]) -> None:
        self.counts = [0] * len(wanted)
        self._wanted = wanted
        self._end_of_last = [b""] * len(wanted)

    def add(self, block: bytes) -> None:
        for place, marker in enumerate(self._wanted):
            self.counts[place] += block.count(marker)
            seam = len(marker) - 1
            if seam:
                around = self._end_of_last[place] + block[:seam]
                self.counts[place] += around.count(marker)
                self._end_of_last[place] = (self._end_of_last[place] + block[-seam:])[-seam:]


def _blocks(
    source: BinaryIO, fingerprint: Fingerprint, end: int | None, progress: Progress
) -> Iterator[tuple[int, bytes]]:
    """(position, block) of the source, from where the fingerprint ends, which they extend.

    A whole block is hashed in a thread of its own while the caller works on it.
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
                # A thousand small files are not worth a thousand threads.
                fingerprint.extend(block)
                yield position, block
            else:
                hashed = hashing.submit(fingerprint.extend, block)
                yield position, block
                hashed.result()
            progress(len(block))


class _LineWriter:
    """Writes blocks of bytes as whole, clean lines and counts them."""

    def __init__(self, stream: BinaryIO) -> None:
        self.lines = 0
        self._stream = stream
        self._partial = b""

    def write(self, block: bytes) -> None:
        cut = block.rfind(b"\n") + 1
        if cut == 0:
            # An endless line: what it needs is kept, the rest of it is not worth memory.
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
    """Make whole lines safe for the parser; also how many they are, as many as went in.

    Ordinary ones are only looked at, at memory speed.
    """
    # Imported here: a run that finds nothing new reads no lines.
    import numpy as np

    if b"\r" in lines:
        lines = lines.replace(b"\r\n", b"\n")
    # The line ends are found once: searching for two in a row takes longer than the SHA-256.
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
