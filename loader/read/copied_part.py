"""The copy of a part of a file: DuckDB parses the copy, not the file."""

from dataclasses import dataclass, replace
from pathlib import Path

from loader.find.disk_status import DiskStatus
from loader.find.part import Part
from loader.read.file_copy import FileCopy
from loader.readers import Layout


@dataclass(frozen=True)
class DateOrder:
    """The order of day and month in a file, or in its appended rows.

    Attributes:
        day_first: ``13/4/2016`` and not ``4/13/2016``.
        line: the first line that shows it; None if no line does.
    """

    day_first: bool
    line: int | None


@dataclass(frozen=True)
class CopiedPart:
    """The copy of a part.

    Attributes:
        file_id: its place in the order of precedence; the copy is named after it.
        part: the part.
        path: the copy.
        copy: what was found while copying.
        opened: the status of its file, or of the archive that contains it, when it was opened.
        dates: the order of its dates; None if its format has no such dates.
    """

    file_id: int
    part: Part
    path: Path
    copy: FileCopy
    opened: DiskStatus
    dates: DateOrder | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.part.file.name

    @property
    def layout(self) -> Layout:
        """The file's layout, with the order of its dates."""
        if self.dates is None:
            return self.part.layout
        return replace(self.part.layout, day_first=self.dates.day_first)

    @property
    def is_linked(self) -> bool:
        """Whether the file itself is parsed, because it is a plain document."""
        return self.path.is_symlink()

    @property
    def relation(self) -> str:
        """The name of the macros that read the copy."""
        if not self.copy.plain:
            return self.layout.rewritten_relation
        return self.layout.relation + ("_of_one_line" if self.copy.has_line_relation else "")
