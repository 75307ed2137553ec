"""The part of a file that a run reads."""

from dataclasses import dataclass

from loader.find.data_files import DataFile
from loader.find.participants import Owner
from loader.ledger.fingerprint import Fingerprint
from loader.readers import Layout


@dataclass(frozen=True)
class Part:
    """The part of a file that is to be read.

    Attributes:
        file, layout, owner: what it is, and whose where its rows do not say.
        start: the byte at which its first row begins.
        end: the byte behind its last whole line; None for all of a document or a compressed file.
        tail_end: larger than ``end`` where a last line without its newline is taken too.
        first_line: the number of its first line in the file.
        appended: it continues what is already in; else it is the whole file.
        known: the fingerprint of what is before it.
        judged: whether it may have too many rejected rows; what was loaded as it is may have.
    """

    file: DataFile
    layout: Layout
    owner: Owner
    start: int
    end: int | None
    tail_end: int
    first_line: int
    appended: bool
    known: Fingerprint
    judged: bool = True

    @property
    def size(self) -> int:
        """How many bytes it has; of a file compressed by gzip, compressed."""
        return self.tail_end - self.start

    @property
    def typed(self) -> bool:
        """Whether it is a plain file that DuckDB's own CSV reader can read, too."""
        return self.layout.reader.typed and self.end is not None

    @property
    def takes_unterminated_line(self) -> bool:
        """Whether a last line without its newline is read, as long as it is not being written."""
        return self.end is not None and self.tail_end > self.end

    @property
    def first_level(self) -> str | None:
        """The first folder or archive it is in, if another one may be another person's."""
        if self.owner.told and not self.layout.reader.names_participants:
            return None
        return self.owner.first_level or None


def whole_part(
    file: DataFile, layout: Layout, owner: Owner, end: int | None, tail_end: int
) -> Part:
    """All of a file."""
    return Part(
        file=file,
        layout=layout,
        owner=owner,
        start=layout.data_offset,
        end=end,
        tail_end=tail_end,
        first_line=layout.header_lines + 1,
        appended=False,
        known=Fingerprint(),
    )
