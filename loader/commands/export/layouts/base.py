"""What a layout is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loader.commands.export.dictionary import Variable
from loader.commands.export.files import ExportedFile, Files
from loader.commands.export.source import Source


@dataclass(frozen=True)
class Layout:
    """The files of another tool.

    Attributes:
        title: what the files are, for the README of an export.
        days: whether a range is of local days or of UTC days.
        notes: what to know about them, for the same README.
        source: the public text that says what the files look like.
        variables: the data dictionary.
        write: writes the files.
    """

    title: str
    days: str
    notes: str
    source: str
    variables: Sequence[Variable]
    write: Callable[[Source, Files], list[ExportedFile]]
