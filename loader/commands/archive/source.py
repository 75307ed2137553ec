"""Read the changed days and the readings for an archive, in one snapshot of the database."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from loader.commands.archive.manifest import Position
from loader.commands.archive.position import read_position
from loader.commands.export.arrays import batches
from loader.commands.export.copy_out import messages
from loader.commands.export.relations import READING
from loader.database import query
from loader.ledger.retention import read_floor
from loader.ledger.table_days import TableDay, from_floor, stretches_of_days, table_days
from loader.sql import statement


@dataclass(frozen=True)
class Source:
    """The database of an archive, in one transaction.

    Attributes:
        position: its state.
        made_at: the time (UTC) of the snapshot, as text.
        participants: who may have readings, in the order of their names.
        floor: the first UTC day that retention keeps; what the archive has of earlier days stays.
    """

    session: Connection
    position: Position
    made_at: str
    participants: list[str]
    floor: date | None

    def changed_days(self, since: Position) -> list[tuple[str, date]]:
        """(participant, UTC day) that runs have staged since a position."""
        days = query.rows(self.session, statement("commands/archive/changed_days"), asdict(since))
        return [(who, day) for who, day in days if self.is_kept(day)]

    def is_kept(self, day: date) -> bool:
        """Whether heart_rate has the readings of a day, and not only the archive."""
        return self.floor is None or day >= self.floor

    def table_days(self) -> Iterator[list[TableDay]]:
        """What heart_rate holds by participant and UTC day, chunk after chunk."""
        for start, end in stretches_of_days(self.session):
            yield from_floor(table_days(self.session, start, end), self.floor)

    def readings(
        self, participants: Sequence[str], first_day: date, end_day: date
    ) -> Generator[pa.RecordBatch]:
        """The readings of some UTC days, in the order of participant and time."""
        values = {
            "participants": sorted(participants),
            "start": f"{first_day} 00:00:00+00",
            "end": f"{end_day} 00:00:00+00",
        }
        with self.session.cursor() as cursor:
            copy = cursor.mogrify(statement("commands/archive/readings"), values)
            yield from batches(messages(cursor, copy.decode()), None, READING)


@contextmanager
def open_source(session: Connection) -> Iterator[Source]:
    """A transaction whose statements all see the database as it is at one moment.

    Raises:
        NoInputError: nothing has been loaded yet.
    """
    read_position(session)
    session.set_session("repeatable read", readonly=True, autocommit=False)
    with session, session.cursor() as cursor:
        # Before the first query takes the snapshot: a swap by hand is waited for.
        cursor.execute("lock table public.heart_rate in access share mode")
        position = read_position(session)
        names = query.rows(session, statement("commands/archive/participants"))
        participants = sorted(name for (name,) in names)
        now = query.value(session, "select clock_timestamp()")
        made_at = now.astimezone(UTC).isoformat(timespec="seconds")
        yield Source(session, position, made_at, participants, read_floor(session))
