"""The interface of a format: does a file have this format, and what are its rows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import BinaryIO, TextIO

from loader.readers.folder_format import NO_FORMAT, FolderFormat
from loader.readers.plain_shape import PlainShape
from loader.readers.rewritten import Rewritten

TITLE_LINES = 5
"""How many lines a header may follow: spreadsheets write a title there."""

LONGEST_HEADER = 4096
"""Bytes. A longer line belongs to a document, and splitting it into columns took 3 ms per file."""

COLUMNS_WITHOUT_DEVICE = 2
"""A CSV with a time and a value."""

DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True)
class Layout:
    """The layout of one file; the defaults are those of a document, which has no header line.

    Attributes:
        reader: the format.
        delimiter: the column separator.
        columns: the number of columns in the header.
        data_offset: the byte at which the first row begins.
        header_lines: the number of lines before the first row.
        day_first: its dates have the day first; decided when the whole file is read.
        zone: the zone of its local times, by a ``format.yml``; None for the participant's.
        roles: what each column is, if that differs between files of the format: ``date``, ``time``,
            ``value``, ``participant``, ``confidence``, or "" for any other.
        times: how the times in these columns are written (``generic_csv.py``).
        decided: what the first rows decided and why, for a person; else "".
    """

    reader: "Reader"
    delimiter: str = ""
    columns: int = 0
    data_offset: int = 0
    header_lines: int = 0
    day_first: bool = False
    zone: str | None = None
    roles: tuple[str, ...] = ()
    times: str = ""
    decided: str = field(default="", compare=False)

    @property
    def format(self) -> str:
        """The format's name in the ledger."""
        return self.reader.name

    @property
    def relation(self) -> str:
        """The name of the macros that read the file."""
        return self.reader.relation + ("_day_first" if self.day_first else "")

    @property
    def rewritten_relation(self) -> str:
        """The name of the macros that read the file after its reader has rewritten it."""
        return self.reader.rewritten_relation or self.relation

    @property
    def names_devices(self) -> bool:
        """Whether its rows may name the device or app that recorded them."""
        return self.reader.names_devices and self.columns != COLUMNS_WITHOUT_DEVICE

    @property
    def described_columns(self) -> object:
        """The last argument of the reader's macros: what the columns are, or their number."""
        return {"roles": list(self.roles), "times": self.times} if self.roles else self.columns


@dataclass(frozen=True)
class Reader:
    """One file format: how to recognize it, and the DuckDB macros that read it.

    Attributes:
        name: its name in the ledger and in messages.
        rank: if files overlap, the file with the higher rank wins.
        expected: a description for messages.
        times: "UTC", or "local" for the wearer's wall clock, in a zone that the file doesn't name.
        lines: each row is a line, so the file may grow; otherwise it is one document.
        claims: returns the layout if a file with these first bytes and this name (its path below
            ``DATA_DIR``), in a folder with these settings, has this format.
        confirms: for a format that can't be recognised by its first bytes: says by the content and
            the name whether a claimed file has this format; other files are skipped.
        names_participants: the rows name their participant.
        names_devices: the rows may name the device or app that recorded them; the first macro then
            has another column ``device``, from which ``device_name`` in fields.sql makes the name.
            A CSV of two columns has none.
        has_readings: false if the files have only limits of zones.
        participant_in_name: returns the participant that the name of a file of this format names;
            None if such names name none. It counts more than any folder.
        may_be_empty: a file without rows is a day without readings, not a failed export.
        plain_shape: the shape of documents that DuckDB may read directly; None if none are.
        rewrite: reads a document strictly and writes it as ``rewritten_relation`` expects it; for a
            document that isn't plain or has a rejected row. The source is its copy on the disk; the
            text is the file's name. Raises BadFileError if a part of the document isn't understood.
        relation: the name of two DuckDB table macros in ``readers/<relation>.sql``, both called
            with (files, delimiter, column_count), or with a struct of the columns' roles and the
            grammar of the times instead of their number; readers/fields.sql has their common
            macros.
            ``relation`` returns (file_name, participant_id, timestamp, value, confidence, fits),
            one row per row of the file, in the file's order. The timestamp is naive, and null if
            it isn't understood; the participant is null if the file doesn't name it; ``fits`` is
            false if the row has the wrong columns. (It is a separate column because DuckDB
            computes a timestamp in a second ``case`` twice.)
            ``relation_rejected`` returns (row_number, raw, reason) of every row, for the second
            pass over the rejected rows.
        rewritten_relation: the same of rewritten documents, if that is another relation. A document
            with a rejected row is always rewritten, so ``relation`` then has no second macro.
        date_column: the number of the column with dates that have the month first or the day first;
            0 if the format has none. The whole file decides; there are also macros
            ``<relation>_day_first`` and ``<relation>_day_first_rejected``.
        is_generic: it is asked only if no other format claims a file.
        typed: there is a third macro ``relation_typed`` for ``verify``, called with (path,
            delimiter, header_lines). It returns (timestamp, value, confidence) as DuckDB's CSV
            reader reads them from the plain file itself, and fails if it can't read a row.
    """

    name: str
    rank: int
    expected: str
    times: str
    lines: bool
    claims: Callable[["Reader", bytes, str, FolderFormat], Layout | None]
    relation: str
    confirms: Callable[[BinaryIO, str], bool] | None = None
    names_participants: bool = False
    names_devices: bool = False
    has_readings: bool = True
    participant_in_name: Callable[[str], str | None] | None = None
    may_be_empty: bool = True
    plain_shape: PlainShape | None = None
    rewrite: Callable[[BinaryIO, TextIO, str], Rewritten] | None = None
    rewritten_relation: str = ""
    date_column: int = 0
    is_generic: bool = False
    typed: bool = False

    @property
    def relations(self) -> tuple[str, ...]:
        """The names of the macros that read its files, each in a file of this name."""
        return (self.relation, self.rewritten_relation or self.relation)

    def claim(self, head: bytes, name: str, settings: FolderFormat = NO_FORMAT) -> Layout | None:
        """The layout, if a file ``name`` that begins with ``head`` is of this format.

        Raises:
            BadFileError: the settings of its folder contradict it.
        """
        layout = self.claims(self, head, name, settings)
        return layout and replace(layout, zone=self.concerned_by(settings).zone)

    def concerned_by(self, settings: FolderFormat) -> FolderFormat:
        """The settings of a folder that change what files of this format contribute."""
        return replace(
            self.rows_concerned_by(settings),
            prefer=settings.prefer if self.names_devices else (),
        )

    def rows_concerned_by(self, settings: FolderFormat) -> FolderFormat:
        """The settings of a folder that change what the rows of this format mean.

        ``prefer`` isn't one of them: it changes which of several rows counts.
        """
        return FolderFormat(
            zone=settings.zone if self.times == "local" else None,
            columns=settings.columns if self.is_generic else None,
            unit=settings.unit if self.is_generic else None,
            day_first=settings.day_first if self.is_generic or self.date_column else None,
        )


@dataclass(frozen=True)
class HeaderLine:
    """A line that may be a header, split by one of the delimiters.

    Attributes:
        text: the line without byte order mark and blanks around it.
        delimiter: the column separator.
        offset: the byte after the line.
        number: the number of the line.
    """

    text: str
    delimiter: str
    offset: int
    number: int

    @cached_property
    def names(self) -> list[str]:
        """The names of the columns, without quotes."""
        return _names(self.text, self.delimiter)

    @cached_property
    def lower_names(self) -> list[str]:
        """The names in lower case; a tab after the last one is no column."""
        return _names(self.text.rstrip().lower(), self.delimiter)


# Nine readers ask for the lines of the same file, one after the other.
@lru_cache(maxsize=1)
def header_lines(head: bytes) -> tuple[HeaderLine, ...]:
    """Every line of a file's beginning that may be its header, with every delimiter in it."""
    lines: list[HeaderLine] = []
    offset = 0
    for number, line in enumerate(head.split(b"\n", TITLE_LINES + 1)[: TITLE_LINES + 1], start=1):
        offset += len(line) + 1
        if len(line) > LONGEST_HEADER:
            continue
        # A tab before the first name is a column without a name.
        text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip(" \r")
        delimiters = (delimiter for delimiter in DELIMITERS if delimiter in text)
        lines += (HeaderLine(text, delimiter, offset, number) for delimiter in delimiters)
    return tuple(lines)


def claims_header(
    *alternatives: tuple[str, ...],
) -> Callable[[Reader, bytes, str, FolderFormat], Layout | None]:
    """A rule for ``Reader.claims``: one of the first lines is a header with these columns.

    Args:
        alternatives: the allowed names of each column in order, in lower case; an optional column
            also has the name "".
    """

    def claims(
        reader: Reader, head: bytes, _name: str, _settings: FolderFormat = NO_FORMAT
    ) -> Layout | None:
        for line in header_lines(head):
            if _fits(line.lower_names, alternatives):
                columns = len(line.lower_names)
                return Layout(reader, line.delimiter, columns, line.offset, line.number)
        return None

    return claims


def _names(header: str, delimiter: str) -> list[str]:
    return [name.strip().strip('"').strip() for name in header.split(delimiter)]


def _fits(names: list[str], alternatives: tuple[tuple[str, ...], ...]) -> bool:
    padded = names + [""] * (len(alternatives) - len(names))
    return all(
        name in allowed for name, allowed in zip(padded, alternatives, strict=False)
    ) and len(names) <= len(alternatives)
