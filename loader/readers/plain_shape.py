"""The shape of a document that DuckDB may read directly, without its reader's strict parser.

DuckDB parses a document for the columns that it is asked for, and ignores the rest. A document has
the plain shape if nothing can be in that rest that concerns its readings
(``docs/decisions/0015-documents-read-whole.md``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

EDGE = 4096
"""Bytes of a document's beginning and end that the patterns look at."""


@dataclass(frozen=True)
class PlainShape:
    """What is true of every plain document of a format; none has a backslash, or a second list.

    Attributes:
        once_a_row: strings that occur once in every row, and nowhere else. DuckDB has to find as
            many rows as the first of them occurs, each with a value.
        objects_a_row: the number of opening braces in a row; None if rows differ.
        begins: the document's beginning, up to its first row.
        ends: its end, after its last row. A group ``continues`` has a text if the document says
            that it continues in another file.
        most_bytes: the size of the largest plain document.
        has_line_relation: documents without a newline before their end have a relation of their
            own, ``<relation>_of_one_line``.
    """

    once_a_row: tuple[bytes, ...]
    objects_a_row: int | None = None
    begins: re.Pattern[bytes] = re.compile(rb"\s*\[")
    ends: re.Pattern[bytes] = re.compile(rb"\]\s*\Z")
    most_bytes: int | None = None
    has_line_relation: bool = False


class ShapeCheck:
    """Compares a document, which is read in blocks, with the plain shape of its format."""

    def __init__(self, shape: PlainShape) -> None:
        self._shape = shape
        self._keys = _Counter(shape.once_a_row)
        self._objects = 0
        self._places = {mark: _Places(mark) for mark in (b"[", b"]", b"\\", b"\n")}
        self._bytes = 0
        self._head = self._tail = b""

    def add(self, block: bytes) -> None:
        """Add the next block of the document."""
        self._keys.add(block)
        if self._shape.objects_a_row is not None:
            self._objects += _count_byte(block, b"{")
        for places in self._places.values():
            places.add(block, self._bytes)
        self._bytes += len(block)
        self._head += block[: EDGE - len(self._head)]
        self._tail = (self._tail + block[-EDGE:])[-EDGE:]

    @property
    def rows(self) -> int:
        """The number of rows, if the document is plain."""
        return self._keys.counts[0]

    @property
    def is_plain(self) -> bool:
        """Whether the document has the plain shape."""
        shape = self._shape
        return (
            {*self._keys.counts} == {self.rows}
            and self._objects == (shape.objects_a_row or 0) * self.rows
            and len(self._places[b"["].first) == len(self._places[b"]"].first) == 1
            # A backslash may hide a key.
            and not self._places[b"\\"].first
            and (shape.most_bytes is None or self._bytes <= shape.most_bytes)
            and shape.begins.match(self._head) is not None
            and shape.ends.search(self._tail) is not None
        )

    @property
    def has_line_relation(self) -> bool:
        """Whether a plain document is one line, for which its format has another relation."""
        is_one_line = self._places[b"\n"].first in ([], [self._bytes - 1])
        return self._shape.has_line_relation and is_one_line

    @property
    def continues(self) -> bool:
        """Whether the document says that it continues in another file."""
        end = self._shape.ends.search(self._tail)
        return end is not None and bool(end.groupdict().get("continues"))


class _Places:
    """The first two places of a byte in a text that is read in blocks.

    Searching a byte that hardly occurs takes 30 ms per gigabyte, counting it 800.
    """

    def __init__(self, mark: bytes) -> None:
        self.first: list[int] = []
        self._mark = mark

    def add(self, block: bytes, position: int) -> None:
        start = 0
        while len(self.first) < 2 and (found := block.find(self._mark, start)) >= 0:
            self.first.append(position + found)
            start = found + 1


def _count_byte(block: bytes, byte: bytes) -> int:
    # A tenth of the time of bytes.count. Imported here, because a run that finds nothing new reads
    # no documents.
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(byte)))


class _Counter:
    """Counts the occurrences of some byte strings in a text that is read in blocks."""

    def __init__(self, markers: Sequence[bytes]) -> None:
        self.counts = [0] * len(markers)
        self._markers = markers
        self._end_of_last = [b""] * len(markers)

    def add(self, block: bytes) -> None:
        for place, marker in enumerate(self._markers):
            self.counts[place] += block.count(marker)
            seam = len(marker) - 1
            if seam:
                around = self._end_of_last[place] + block[:seam]
                self.counts[place] += around.count(marker)
                self._end_of_last[place] = (self._end_of_last[place] + block[-seam:])[-seam:]
