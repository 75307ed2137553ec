"""What a format has to answer: is a file mine, and which rows does it hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, TextIO

TITLE_LINES = 5
"""How many lines may stand above a header: spreadsheets write a title there."""

LONGEST_HEADER = 4096
"""Bytes: a longer line is a document's, and to split it into columns took 3 ms a file."""

DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True)
class Layout:
    """How one file is laid out; the defaults are a document's, which has no header line.

    Attributes:
        reader: the format.
        delimiter: what stands between two columns.
        columns: how many columns the header names.
        data_offset: the byte at which the first row begins.
        header_lines: how many lines stand before the first row.
    """

    reader: "Reader"
    delimiter: str = ""
    columns: int = 0
    data_offset: int = 0
    header_lines: int = 0

    @property
    def format(self) -> str:
        """The format's name, as the ledger keeps it."""
        return self.reader.name


@dataclass(frozen=True)
class Reader:
    """One format of file: its sniffing rule and its DuckDB relation.

    Attributes:
        name: how the ledger and every message call it.
        rank: where two files disagree about an instant, the one with the higher rank wins.
        expected: what a person is told such a file looks like.
        times: "UTC", or "local" for the wearer's wall clock, of a zone that the file does not name.
        lines: a row is a line, so the file may grow by appended ones; else it is one document.
        claims: the layout, if a file that begins with these bytes and has this name (its path
            below ``DATA_DIR``) is of this format.
        names_participants: its rows say whose they are.
        may_be_empty: a file with a header and no row is a day without readings, not an export that
            failed.
        once_a_row: of a document, what stands once in every row of a plain one; empty where none is
            plain. A plain document is one list of as many objects as the first of these occurs,
            each with ``objects_a_row`` opening braces. DuckDB may read it as it is.
        rewrite: read a document strictly and write it as the relation reads it: any that is not
            plain, or of which a row is rejected. Returns how many rows it has; raises BadFileError
            unless every part of it was understood.
        relation: the name of two DuckDB table macros that ``readers/<relation>.sql`` creates, both
            called with (files, delimiter, column_count); readers/fields.sql has what they share.
            ``relation`` returns (file_name, participant_id, timestamp, value, confidence, fits),
            one row for each row of the file, in the file's order. The timestamp is naive, and null
            if it is not understood; the participant is null if the file does not name it; ``fits``
            is false for a row with other columns than it should have. (It is a column of its own
            because a timestamp in a second ``case`` is computed twice.)
            ``relation_rejected`` returns (row_number, raw, reason) of every row, for the second
            pass over those that are no readings.
        typed: there is a third macro, ``relation_typed``, called with (path, delimiter,
            header_lines): (timestamp, value, confidence) as DuckDB's own CSV reader finds them in
            a plain file, where it lies; an error where it can't read a row. ``verify`` asks it.
    """

    name: str
    rank: int
    expected: str
    times: str
    lines: bool
    claims: Callable[["Reader", bytes, str], Layout | None]
    relation: str
    names_participants: bool = False
    may_be_empty: bool = True
    once_a_row: tuple[bytes, ...] = ()
    objects_a_row: int = 1
    rewrite: Callable[[BinaryIO, TextIO], int] | None = None
    typed: bool = False

    def claim(self, head: bytes, name: str) -> Layout | None:
        """The layout, if a file ``name`` that begins with ``head`` is of this format."""
        return self.claims(self, head, name)


def claims_header(
    *alternatives: tuple[str, ...],
) -> Callable[[Reader, bytes, str], Layout | None]:
    """A sniffing rule: one of the first lines is a header with these columns.

    Args:
        alternatives: of each column in its order the names it may have, in lower case; a column
            that may be missing has "" among its names.
    """

    def claims(reader: Reader, head: bytes, _name: str) -> Layout | None:
        offset = 0
        for number, line in enumerate(
            head.split(b"\n", TITLE_LINES + 1)[: TITLE_LINES + 1], start=1
        ):
            offset += len(line) + 1
            if len(line) > LONGEST_HEADER:
                continue
            for delimiter in DELIMITERS:
                names = _names(line, delimiter)
                if _fits(names, alternatives):
                    return Layout(reader, delimiter, len(names), offset, number)
        return None

    return claims


def _names(header: bytes, delimiter: str) -> list[str]:
    text = header.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip().lower()
    return [name.strip().strip('"') for name in text.split(delimiter)]


def _fits(names: list[str], alternatives: tuple[tuple[str, ...], ...]) -> bool:
    padded = names + [""] * (len(alternatives) - len(names))
    return (
        len(names) > 1
        and all(name in allowed for name, allowed in zip(padded, alternatives, strict=False))
        and len(names) <= len(alternatives)
    )
