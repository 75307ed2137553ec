"""The participant and time zone of a file, and whether it is loaded under different ones."""

import json
from dataclasses import dataclass

from loader.configuration.settings import Settings
from loader.find.data_files import DataFile
from loader.find.part import Part
from loader.find.participants import Owner, Zones, owner_of
from loader.ledger.known_files import KnownFile
from loader.readers import READERS, Reader
from loader.readers.folder_format import FolderFormat

_READERS_BY_NAME = {reader.name: reader for reader in READERS}


@dataclass(frozen=True)
class Attribution:
    """Attributes files to participants and time zones, by the settings and the seed."""

    settings: Settings
    zones: Zones

    def owner(self, file: DataFile, reader: Reader) -> Owner:
        """The participant of a file of a format, if its rows don't name one."""
        rule = reader.participant_in_name
        return owner_of(self.settings, file, rule(file.whole_name or file.name) if rule else None)

    def owner_of_known(self, file: DataFile, known: KnownFile) -> Owner:
        """The participant of a known file, if its rows don't name one."""
        reader = _READERS_BY_NAME.get(known.format)
        return self.owner(file, reader) if reader else owner_of(self.settings, file)

    def read_as(self, part: Part, before: KnownFile | None, in_rows: set[str]) -> str | None:
        """The participants and zones under which a file is loaded, as JSON for the ledger.

        Args:
            part: the part that was read now.
            before: what the ledger knew of the file.
            in_rows: the participants in the rows read now, if the format names them.
        """
        if part.appended and before is not None:
            if self.is_outdated(part.file, before):
                return before.read_as  # the rows before the appended ones are still loaded so
            in_rows = in_rows | set(json.loads(before.read_as or "{}"))
        reader = part.layout.reader
        participants = in_rows if reader.names_participants else {part.owner.participant_id}
        return self._read_as(reader, participants, part.layout.zone)

    def rows_name_participants(self, known: KnownFile) -> bool:
        """Whether the rows of a known file name their participant."""
        reader = _READERS_BY_NAME.get(known.format)
        return reader is not None and reader.names_participants

    def has_other_settings(self, file: DataFile, known: KnownFile) -> bool:
        """Whether the file is loaded under other settings of its folder than it has now."""
        reader = _READERS_BY_NAME.get(known.format)
        return reader is not None and reader.concerned_by(file.settings).text != known.settings

    def rows_have_other_settings(self, file: DataFile, known: KnownFile) -> bool:
        """Whether its rows mean other readings now than under the settings it is loaded with."""
        reader = _READERS_BY_NAME.get(known.format)
        before = FolderFormat.of_text(known.settings)
        return reader is not None and (
            reader.rows_concerned_by(file.settings) != reader.rows_concerned_by(before)
        )

    def prefers_other_devices(self, file: DataFile, known: KnownFile) -> bool:
        """Whether the file is loaded under another ``prefer`` than that of its folder now."""
        reader = _READERS_BY_NAME.get(known.format)
        before = FolderFormat.of_text(known.settings)
        return reader is not None and reader.concerned_by(file.settings).prefer != before.prefer

    def is_outdated(self, file: DataFile, known: KnownFile) -> bool:
        """Whether the file is loaded under a different participant or zone than it has now."""
        reader = _READERS_BY_NAME.get(known.format)
        if known.read_as is None or reader is None:
            return False
        before = set(json.loads(known.read_as))
        now = before if reader.names_participants else {self.owner(file, reader).participant_id}
        zone = reader.concerned_by(file.settings).zone
        return self._read_as(reader, now, zone) != known.read_as

    def _read_as(self, reader: Reader, participants: set[str], zone: str | None) -> str:
        """The zone of each participant's local times: that of the folder, or their own."""
        is_local = reader.times == "local"
        zones = {
            who: (zone or self.zones.of(who)) if is_local else None for who in sorted(participants)
        }
        return json.dumps(zones, ensure_ascii=False)
