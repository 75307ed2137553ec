"""Find the ``format.yml`` that counts for a file: the nearest one above it, alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from loader.errors import BadFileError
from loader.names import printable_name
from loader.readers.folder_format import NO_FORMAT, FolderFormat

NAME = "format.yml"

SIMILAR_NAMES = frozenset({NAME, "format.yaml"})
"""In lower case: names of files that someone took for a ``format.yml``."""


@dataclass(frozen=True)
class FolderSettings:
    """What counts for the files of a folder.

    Attributes:
        format_file: the path of the ``format.yml`` below ``DATA_DIR``; "" if there is none.
        settings: what it says.
        fault: why it can't be read; the files for which it counts are then left out.
    """

    format_file: str = ""
    settings: FolderFormat = NO_FORMAT
    fault: BadFileError | None = None


class FolderFormats:
    """The settings of the folders below ``DATA_DIR``; each file is read once."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._found: dict[str, FolderSettings] = {}

    def of(self, folder: str) -> FolderSettings:
        """What counts for the files of a folder, given by its path."""
        if folder not in self._found:
            self._found[folder] = self._look(folder)
        return self._found[folder]

    def _look(self, folder: str) -> FolderSettings:
        path = os.path.join(folder, NAME)
        if os.path.lexists(path):
            return self._read(Path(path))
        above = os.path.dirname(folder)
        if Path(folder) == self._data_dir or above == folder:
            return FolderSettings()
        return self.of(above)

    def _read(self, path: Path) -> FolderSettings:
        # yaml takes 15 ms to import, and most folders have no such file.
        from loader.find.format_file import read_format_file

        name = printable_name(path.relative_to(self._data_dir).as_posix())
        try:
            return FolderSettings(name, read_format_file(path, name, self._data_dir))
        except BadFileError as fault:
            return FolderSettings(name, fault=fault)
