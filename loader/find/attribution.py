"""Under which participant and time zone a file is read, and whether it is in under another."""

import json
from dataclasses import dataclass

from loader.configuration.settings import Settings
from loader.find.data_files import DataFile
from loader.find.part import Part
from loader.find.participants import Owner, Zones, owner_of
from loader.ledger.known_files import KnownFile
from loader.readers import READERS, Reader

_READERS_BY_NAME = {reader.name: reader for reader in READERS}


@dataclass(frozen=True)
class Attribution:
    """What the settings and the participants' rows say of files."""

    settings: Settings
    zones: Zones

    def owner(self, file: DataFile) -> Owner:
        """Whose readings a file holds, where its rows do not say."""
        return owner_of(self.settings, file)

    def read_as(self, part: Part, before: KnownFile | None, whose: set[str]) -> str | None:
        """Under which rule all that is in of a file was read, for the ledger.

        Args:
            part: what was read now.
            before: what the ledger knew of the file.
            whose: the participants that the rows read now name, where the format names them.
        """
        if part.appended and before is not None:
            if self.reads_otherwise(part.file, before):
                return before.read_as  # most of it still is in as it was
            whose = whose | set(json.loads(before.read_as or "{}"))
        reader = part.layout.reader
        return self._told(
            reader, whose if reader.names_participants else {part.owner.participant_id}
        )

    def rows_name_participants(self, known: KnownFile) -> bool:
        """Whether the rows of a known file say whose they are."""
        reader = _READERS_BY_NAME.get(known.format)
        return reader is not None and reader.names_participants

    def reads_otherwise(self, file: DataFile, known: KnownFile) -> bool:
        """Whether the file would now be read under another participant or time zone."""
        reader = _READERS_BY_NAME.get(known.format)
        if known.read_as is None or reader is None:
            return False
        then = set(json.loads(known.read_as))
        now = then if reader.names_participants else {self.owner(file).participant_id}
        return self._told(reader, now) != known.read_as

    def _told(self, reader: Reader, participants: set[str]) -> str:
        local = reader.times == "local"
        zones = {who: self.zones.of(who) if local else None for who in sorted(participants)}
        return json.dumps(zones, ensure_ascii=False)
