"""What a format has to answer: is a file mine, and how is a line of it parsed."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Layout:
    """How one file is laid out.

    Attributes:
        format: the reader's name.
        rank: where two formats disagree about an instant, the higher rank wins.
        parse: the DuckDB statement that parses a snapshot into ``readings``, a row a line.
        reject: the one that keeps the lines that are no readings in ``rejected``.
        delimiter: what stands between two columns.
        data_offset: the byte at which the first row begins.
        header_lines: how many lines stand before the first row.
    """

    format: str
    rank: int
    parse: str
    reject: str
    delimiter: str
    data_offset: int
    header_lines: int


class Reader(Protocol):
    """One format of file."""

    @property
    def name(self) -> str:
        """How the ledger calls the format."""
        ...

    @property
    def expected(self) -> str:
        """What a person is told the header should look like."""
        ...

    def claims(self, head: bytes) -> Layout | None:
        """The layout, if a file that begins with these bytes is of this format."""
        ...
