"""Read relations in one snapshot of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from loader.commands.export.arrays import batches, bytes_of_row
from loader.commands.export.copy_out import messages
from loader.commands.export.relations import RELATIONS, Columns, LargeRelation, Relation
from loader.commands.export.request import ExportRequest
from loader.commands.export.rows import rows
from loader.console import Reporter
from loader.database import query
from loader.errors import NoInputError, UnknownParticipantError
from loader.sql import statement
from loader.wording import first_of, shown

SHOWN = 20
"""How many participants a message names."""


@dataclass(frozen=True)
class ParticipantSettings:
    """The zone of a participant's local days, and the least confidence of readings that count."""

    time_zone: str
    min_confidence: int


@dataclass(frozen=True)
class Source:
    """The database of an export, in one transaction.

    Attributes:
        made_at: the time of the snapshot.
        participants: whose data is exported, in order.
        settings: of each participant with readings that count.
        values: the parameters of every statement.
    """

    session: Connection
    reporter: Reporter
    made_at: datetime
    participants: list[str]
    settings: dict[str, ParticipantSettings]
    values: dict[str, object]

    def read(self, relation: Relation) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The columns of a relation, and its rows in the order of (participant, key)."""
        if isinstance(relation, LargeRelation):
            return schema_of(relation.columns), self._read_large(relation)
        return rows(self.session, f"commands/export/relations/{relation.name}", self.values)

    def read_arrays(
        self, relation: LargeRelation, participant: str, **values: object
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one participant in a large relation."""
        with self.session.cursor() as cursor:
            values = {**self.values, "participant": participant, **values}
            bound = cursor.mogrify(relation.copy, values)
            yield from batches(messages(cursor, bound.decode()), participant, relation.columns)

    def _read_large(self, relation: LargeRelation) -> Iterator[pa.RecordBatch]:
        size = bytes_of_row(relation.columns)
        total = size * self._estimated_rows(relation)
        for participant in self.participants:
            for batch in self.read_arrays(relation, participant):
                self.reporter.progress(relation.label, size * len(batch), total)
                yield batch

    def _estimated_rows(self, relation: LargeRelation) -> int:
        key, _ = relation.columns[0]
        estimate = sql.SQL(statement("commands/export/estimate")).format(
            relation=sql.Identifier(relation.schema, relation.name), key=sql.Identifier(key)
        )
        (plan,) = query.value(self.session, estimate, self.values)
        return int(plan["Plan"]["Plan Rows"])


def schema_of(columns: Columns) -> pa.Schema:
    """The columns of a relation that is read as arrays, with the participant."""
    return pa.schema([("participant_id", pa.string()), *columns])


@contextmanager
def open_source(
    session: Connection, request: ExportRequest, reporter: Reporter
) -> Iterator[Source]:
    """A transaction whose statements all see the database as it is at one moment.

    Raises:
        NoInputError: nothing has been loaded yet.
        UnknownParticipantError: a requested participant has no readings.
    """
    _require_relations(session)
    session.set_session("repeatable read", readonly=True, autocommit=False)
    with session, session.cursor() as cursor:
        # Locked before the first query takes the snapshot: a full refresh that is replacing the
        # tables is waited for, and the snapshot has its tables.
        _lock_relations(cursor)
        known = [name for (name,) in query.rows(session, statement("commands/export/participants"))]
        built = query.rows(session, statement("commands/export/settings_of_participants"))
        settings = {name: ParticipantSettings(*of_marts) for name, *of_marts in built}
        made_at = query.value(session, "select clock_timestamp()")
        participants = _chosen(request.participants, known)
        values: dict[str, object] = {"participants": participants, **request.range()}
        yield Source(session, reporter, made_at, participants, settings, values)


def _require_relations(session: Connection) -> None:
    wanted = {
        "schemas": [relation.schema for relation in RELATIONS],
        "names": [relation.name for relation in RELATIONS],
    }
    found = query.rows(session, statement("commands/export/relations_missing"), wanted)
    missing = [name for (name,) in found]
    if missing:
        raise NoInputError(
            f"the database has no {', '.join(missing)}", "load your files first: make ingest"
        )


def _lock_relations(cursor: Cursor) -> None:
    names = [sql.Identifier(relation.schema, relation.name) for relation in RELATIONS]
    cursor.execute(sql.SQL("lock table {} in access share mode").format(sql.SQL(", ").join(names)))


def _chosen(requested: tuple[str, ...], known: list[str]) -> list[str]:
    """The participants to export; a name may have the form in which messages show it."""
    if not requested:
        return known
    by_name = {shown(name): name for name in known} | {name: name for name in known}
    unknown = [name for name in dict.fromkeys(requested) if name not in by_name]
    if unknown:
        raise UnknownParticipantError(
            f"there are no readings of {', '.join(unknown)}",
            f"choose from: {first_of(known, SHOWN)}"
            if known
            else "load your files first: make ingest",
        )
    chosen = {by_name[name] for name in requested}
    return [name for name in known if name in chosen]
