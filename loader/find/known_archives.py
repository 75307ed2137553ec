"""Archives that are unchanged since they were read, so that they don't have to be opened."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from loader.find.data_files import DataFile
from loader.ledger.known_files import KnownArchive


class KnownArchives:
    """The archives that the ledger knows, and those that this run looked through.

    Args:
        archives: the archives in the ledger, by name.
        names: the files in the ledger, both loaded and skipped ones.
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
        archive = _known(file, len(self._members.get(file.name, ())))
        return archive if self._archives.get(file.name) == archive else None

    def members(self, archive: KnownArchive) -> list[str]:
        """The names of its members, without those of an archive inside it."""
        return self._members.get(archive.name, [])

    def inner(self, name: str) -> KnownArchive | None:
        """The member as an archive, if it is one."""
        return self._archives.get(name)

    def add(self, file: DataFile, members: int) -> None:
        """Add an archive that was looked through without a fault, and its number of members."""
        self.looked_through[file.name] = _known(file, members)

    def remove(self, file: DataFile) -> None:
        """Remove the archives of a member that can't be read, so that the next run opens them."""
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


def _known(file: DataFile, members: int) -> KnownArchive:
    """An archive as the ledger keeps it."""
    text = file.settings.text
    return KnownArchive(file.name, file.size, file.stamp, file.changed_ns, members, text)
