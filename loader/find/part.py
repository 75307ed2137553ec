"""The part of a file that a run reads."""

from dataclasses import dataclass

from loader.find.data_files import DataFile
from loader.find.participants import Owner
from loader.ledger.fingerprint import Fingerprint
from loader.readers import Layout


@dataclass(frozen=True)
class Part:
    """The part of a file that a run reads.

    Attributes:
        file, layout: the file and its layout.
        owner: the participant, if the rows don't name one.
        start: the byte at which the first row begins.
        end: the byte after the last complete line; None for all of a document or compressed file.
        read_end: the byte after the last one to read; larger than ``end`` if a last line without a
            newline is read too.
        first_line: the number of the first line in the file.
        appended: it continues rows that are already loaded; else it is the whole file.
        known: the fingerprint of the bytes before it.
        loaded_day_first: the rows of the file that are loaded have the day first in their dates;
            None if none is loaded, or everything is loaded again.
        limits_rejects: too many rejected rows refuse the file; not if it is loaded unchanged.
    """

    file: DataFile
    layout: Layout
    owner: Owner
    start: int
    end: int | None
    read_end: int
    first_line: int
    appended: bool
    known: Fingerprint
    limits_rejects: bool = True
    loaded_day_first: bool | None = None

    @classmethod
    def of_whole_file(
        cls, file: DataFile, layout: Layout, owner: Owner, end: int | None, read_end: int
    ) -> "Part":
        """The part that is the whole file."""
        return cls(
            file=file,
            layout=layout,
            owner=owner,
            start=layout.data_offset,
            end=end,
            read_end=read_end,
            first_line=layout.header_lines + 1,
            appended=False,
            known=Fingerprint(),
        )

    @property
    def size(self) -> int:
        """Its size in bytes; compressed bytes of a compressed file."""
        return self.read_end - self.start

    @property
    def typed(self) -> bool:
        """Whether DuckDB's CSV reader can also read it, because it is a plain file."""
        return self.layout.reader.typed and self.end is not None

    @property
    def takes_unterminated_line(self) -> bool:
        """Whether a last line without a newline is read."""
        return self.end is not None and self.read_end > self.end

    @property
    def first_level(self) -> str | None:
        """The first folder or archive that contains it, if others may be of other people."""
        if self.owner.is_marked and not self.layout.reader.names_participants:
            return None
        return self.owner.first_level or None
