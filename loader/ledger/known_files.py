"""What the ledger knows of each file: its fingerprint, its days, its rejected rows."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from psycopg2.extensions import connection as Connection

from loader.database import query
from loader.ledger import sample
from loader.ledger.fingerprint import Fingerprint
from loader.readers import READERS, UNDERSTOOD
from loader.sql import statement

ParticipantDay = tuple[str, date]
"""A participant and a UTC day."""


@dataclass(frozen=True)
class KnownFile:
    """What the ledger says of a file (``ingest.files``).

    Attributes:
        name: its path below ``DATA_DIR``.
        format: the reader's name.
        size, stamp, changed_ns: as they were when it was read (``files.DataFile``); the last is
            None if it was not recorded, and then it is not compared.
        lines_read: lines up to the end of the fingerprint, header included.
        unterminated_line_taken: whether a last line without its newline is loaded as well.
        times_read: how often something of it was read; moves the fingerprint's slice on.
        vanished: the last run didn't find it.
        read_as: the participant and zone under which it was read, if the file doesn't name them.
        settings: the settings of its folder under which it was read, as text
            (``FolderFormat.text``), as far as they concern its format (``Reader.concerned_by``).
        day_first: its dates were read with the day first.
        date_line: the first line that shows the order of its dates; not in the ledger.
        continues: it says that it continues in another file.
        devices_read: the devices that it names are in the ledger (not if an old version read it).
        fingerprint: of what was read.
    """

    name: str
    format: str
    size: int
    stamp: int
    lines_read: int
    unterminated_line_taken: bool
    times_read: int = 1
    vanished: bool = False
    read_as: str | None = None
    changed_ns: int | None = None
    continues: bool = False
    day_first: bool = False
    settings: str = ""
    devices_read: bool = True
    date_line: int | None = field(default=None, compare=False)
    fingerprint: Fingerprint = field(kw_only=True)

    @property
    def holds_sample(self) -> bool:
        """Whether what was read of it is a file of the tracked sample, byte for byte."""
        return sample.is_content(self.fingerprint)

    @property
    def is_sample(self) -> bool:
        """Whether it is a file of the sample, loaded as the sample's own participant."""
        return self.holds_sample and self.participants == {sample.PARTICIPANT}

    @property
    def participants(self) -> set[str]:
        """Whose readings it contained when it was read; empty if that was not recorded."""
        return set(json.loads(self.read_as or "{}"))


@dataclass(frozen=True)
class FileDay:
    """What one file contains of one participant, UTC day and device, without duplicates.

    Attributes:
        device: the device or app that the file names; empty for readings without one.
    """

    name: str
    participant_id: str
    day: date
    device: str
    readings: int
    checksum: int
    first_timestamp: datetime
    last_timestamp: datetime


@dataclass(frozen=True)
class RejectedRow:
    """A row that could not be loaded (``ingest.rejected_rows``)."""

    name: str
    line: int
    raw: str
    reason: str


@dataclass(frozen=True)
class PassedOver:
    """A file that no reader claims (``ingest.passed_over``), as it was when it was looked at.

    Attributes:
        settings: those of its folder, under which no reader claimed it.
        seen: what it is or begins with, as the end of a sentence about it; only for people.
        without_data: it is an answer without data points.
    """

    name: str
    size: int
    stamp: int
    settings: str = ""
    seen: str = field(default="", compare=False)
    without_data: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class KnownArchive:
    """An archive that was looked through without a fault (``ingest.archives``), as it was then.

    Attributes:
        changed_ns: the inode's change time in nanoseconds; None for an archive in another one.
        members: how many files, archives and skipped entries are in it. The archive must be opened
            again if the ledger doesn't know every one of them.
        settings: those of its folder.
    """

    name: str
    size: int
    stamp: int
    changed_ns: int | None
    members: int
    settings: str = ""


@dataclass(frozen=True)
class RefusedFile:
    """A file that was refused for its rejected rows (``ingest.refused_files``), as it was then.

    Attributes:
        name, size, stamp: of the file.
        max_rejected: the limit that it exceeded; None for the default rule.
        what, hint: the message that was shown.
        settings: those of its folder.
    """

    name: str
    size: int
    stamp: int
    max_rejected: int | None
    what: str
    hint: str
    settings: str = ""


def known_files(session: Connection) -> dict[str, KnownFile]:
    """Every file the ledger knows, by name."""
    found = query.rows(session, statement("ledger/known_files"))
    return {
        name: KnownFile(name, *rest, fingerprint=Fingerprint(length, bytearray(digests)))
        for length, digests, name, *rest in found
    }


def passed_over(session: Connection) -> set[PassedOver]:
    """The files that no reader of this version claims."""
    found = query.rows(session, statement("ledger/passed_over"), (UNDERSTOOD,))
    return {PassedOver(*row) for row in found}


def known_archives(session: Connection) -> dict[str, KnownArchive]:
    """The archives that this version's readers looked through, by name."""
    found = query.rows(session, statement("ledger/known_archives"), (UNDERSTOOD,))
    return {name: KnownArchive(name, *rest) for name, *rest in found}


def refused_files(session: Connection) -> dict[str, RefusedFile]:
    """The files refused for their rejected rows, by name."""
    found = query.rows(session, statement("ledger/refused_files"))
    return {name: RefusedFile(name, *rest) for name, *rest in found}


def known_days(
    session: Connection, names: Sequence[str]
) -> list[tuple[str, str, date, str, int, int | None]]:
    """(file, participant, day, device, readings, checksum) of the named files."""
    return query.rows(session, statement("ledger/known_days"), (list(names),))


def rejected_row_filter(participant_id: str) -> dict[str, object]:
    """How to find rejected rows that name a participant, as values to be bound.

    Regular expressions, the same for Python, and the formats for whose rows they are: the name as
    the first field of a CSV, or, if a ``format.yml`` names the columns, as any field. The name may
    be quoted, or a number to which a spreadsheet added decimals.
    """
    name = rf'\s*"?{re.escape(participant_id)}(\.0*)?"?\s*'
    readers = [reader for reader in READERS if reader.names_participants]
    return {
        "in_first_field": rf"^{name}[,;\t]",
        "first_field_formats": [reader.name for reader in readers if not reader.is_generic],
        "in_any_field": rf"(^|[,;\t]){name}([,;\t]|$)",
        "any_field_formats": [reader.name for reader in readers if reader.is_generic],
    }


def files_with_participant(session: Connection, participant_id: str) -> set[str]:
    """The names of the known files with readings of a participant or rejected rows that name it."""
    whose = {"participant": participant_id, **rejected_row_filter(participant_id)}
    return {
        name for (name,) in query.rows(session, statement("ledger/files_with_participant"), whose)
    }


def participant_names(session: Connection) -> list[str]:
    """Every participant with readings, in order."""
    return [name for (name,) in query.rows(session, statement("ledger/participant_names"))]


Span = tuple[str, str, date, str, datetime | None, datetime]
"""What a file contains of a participant, day and device: (file, participant, day, device, first
instant, last instant)."""


def files_covering(session: Connection, days: Sequence[ParticipantDay]) -> list[Span]:
    """The span of every known file that has readings on one of ``days``.

    The first instant is None if the ledger was written before it was recorded.
    """
    wanted = [participant for participant, _ in days], [day for _, day in days]
    return query.rows(session, statement("ledger/files_covering"), wanted)


def spans_loaded(session: Connection, names: Sequence[str]) -> list[Span]:
    """The spans of what is loaded from the named files, also from missing ones."""
    return query.rows(session, statement("ledger/spans_loaded"), (list(names),))


def missing_days(
    session: Connection, present: Sequence[str], days: Sequence[ParticipantDay]
) -> list[tuple[str, str, date]]:
    """(file, participant, day) of ``days`` for which files other than ``present`` had readings."""
    wanted = {
        "participant_ids": [participant for participant, _ in days],
        "days": [day for _, day in days],
        "present": list(present),
    }
    return query.rows(session, statement("ledger/missing_days"), wanted)


def latest_reading(session: Connection) -> tuple[str, datetime] | None:
    """The participant and instant of the latest reading ever ingested."""
    latest: tuple[str, datetime] | None = query.row(session, statement("ledger/latest_reading"))
    return latest
