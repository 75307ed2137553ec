"""Under which participant and time zone a file is read, and whether it is in under another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loader.files import DataFile
from loader.ledger import FileDay, KnownFile
from loader.participants import Owner, Zones, owner_of
from loader.readers import READERS
from loader.settings import Settings

_READERS_BY_NAME = {reader.name: reader for reader in READERS}


@dataclass(frozen=True)
class ReadingRule:
    """What the settings and the participants' rows say of files."""

    settings: Settings
    zones: Zones

    def owner(self, file: DataFile) -> Owner:
        """Whose readings a file holds, where its rows do not say."""
        return owner_of(self.settings, file)

    def mark(
        self, known: KnownFile, files: Mapping[str, DataFile], days: Sequence[FileDay]
    ) -> KnownFile:
        """The ledger's entry of a file, now saying under which rule its ``days`` were read."""
        reader = _READERS_BY_NAME.get(known.format)
        if reader is None or not (reader.names_participants or known.name in files):
            return known
        found = {day.participant_id for day in days if day.name == known.name}
        if reader.names_participants:
            found |= set(json.loads(known.read_as or "{}"))
        else:
            found = {self.owner(files[known.name]).participant_id}
        return replace(known, read_as=self._told(known.format, found))

    def reads_otherwise(self, file: DataFile, known: KnownFile) -> bool:
        """Whether the file would now be read under another participant or time zone."""
        reader = _READERS_BY_NAME.get(known.format)
        if known.read_as is None or reader is None:
            return False
        then = set(json.loads(known.read_as))
        now = then if reader.names_participants else {self.owner(file).participant_id}
        return self._told(known.format, now) != known.read_as

    def _told(self, file_format: str, participants: set[str]) -> str:
        local = _READERS_BY_NAME[file_format].times == "local"
        zones = {who: self.zones.of(who) if local else None for who in sorted(participants)}
        return json.dumps(zones, ensure_ascii=False)
