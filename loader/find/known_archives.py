"""Archives that are as they were when they were looked through: their members need no opening."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from loader.find.data_files import DataFile
from loader.ledger.known_files import KnownArchive


class KnownArchives:
    """The archives that the ledger knows, and those looked through in this run.

    Args:
        archives: what the ledger knows, by name.
        names: every file that the ledger knows, whether it is loaded or passed over.
    """

    def __init__(self, archives: Mapping[str, KnownArchive], names: Iterable[str]) -> None:
        self.looked_through: dict[str, KnownArchive] = {}
        self._archives = archives
        self._members: dict[str, list[str]] = defaultdict(list)
        for name in [*names, *archives] if archives else ():
            archive = self._archive_of(name)
            if archive:
                self._members[archive].append(name)

    def unchanged(self, file: DataFile) -> KnownArchive | None:
        """The archive as the ledger knows it, if it is unchanged and every member is known."""
        members = len(self._members.get(file.name, ()))
        archive = KnownArchive(file.name, file.size, file.stamp, file.changed_ns, members)
        return archive if self._archives.get(file.name) == archive else None

    def members(self, archive: KnownArchive) -> list[str]:
        """The names of its members; those of an archive inside it are that archive's."""
        return self._members.get(archive.name, [])

    def inner(self, name: str) -> KnownArchive | None:
        """A member that is an archive itself."""
        return self._archives.get(name)

    def add(self, archive: KnownArchive) -> None:
        """An archive was looked through without a fault."""
        self.looked_through[archive.name] = archive

    def remove(self, file: DataFile) -> None:
        """A member can't be read: its archives must be opened again in the next run."""
        for archive in file.lineage:
            self.looked_through.pop(archive.name, None)

    def _archive_of(self, name: str) -> str | None:
        """The innermost known archive that contains a file."""
        folder = name
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in self._archives:
                return folder
        return None
