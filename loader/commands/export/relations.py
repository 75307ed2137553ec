"""What is exported: ``heart_rate`` and the marts that describe it.

Left out: ``heart_rate_sensitivity``, which can be counted from the days, and columns that are
arrays, which a CSV can't hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from psycopg2 import sql

from loader.sql import statement

INSTANT = pa.timestamp("us", "UTC")

Columns = tuple[tuple[str, pa.DataType], ...]

READING: Columns = (
    ("timestamp", INSTANT),
    ("value", pa.float64()),
    ("confidence", pa.int16()),
)

MINUTE: Columns = (
    ("minute", INSTANT),
    ("readings", pa.int64()),
    ("mean_bpm", pa.float64()),
    ("min_bpm", pa.float64()),
    ("max_bpm", pa.float64()),
)

HOUR: Columns = (
    ("hour", INSTANT),
    ("readings", pa.int64()),
    ("minutes_covered", pa.int64()),
    ("mean_bpm", pa.float64()),
    ("sd_bpm", pa.float64()),
    ("mean_of_readings_bpm", pa.float64()),
    ("min_bpm", pa.float64()),
    ("max_bpm", pa.float64()),
)


@dataclass(frozen=True)
class Relation:
    """A small relation of the database, whose rows ``relations/NAME.sql`` reads (``rows.py``).

    Attributes:
        name: its name in the database, and the file's name without its suffix.
        schema: its schema in the database.
    """

    name: str
    schema: str = "marts"


@dataclass(frozen=True, kw_only=True)
class LargeRelation(Relation):
    """A large relation, whose rows ``arrays.sql`` reads slice by slice (``arrays.py``).

    Attributes:
        columns: the columns to read after participant_id; the first one is the key.
        slice: an interval of Postgres: the rows of so much time are one row of the COPY.
        label: what the progress bar calls its rows.
        expressions: of columns that the relation itself doesn't have.
        condition: which rows are read.
    """

    columns: Columns
    slice: str
    label: str = ""
    expressions: Mapping[str, str] = field(default_factory=dict)
    condition: str = "true"

    @property
    def copy(self) -> sql.Composed:
        """The COPY of its rows."""
        key = sql.Identifier(self.columns[0][0])
        arrays = [
            sql.SQL("array_agg({} order by {})").format(self._expression(name), key)
            for name, _ in self.columns
        ]
        return sql.SQL(statement("commands/export/arrays")).format(
            relation=sql.Identifier(self.schema, self.name),
            key=key,
            slice=sql.SQL("interval {}").format(sql.Literal(self.slice)),
            arrays=sql.SQL(", ").join(arrays),
            condition=sql.SQL(self.condition),
        )

    def _expression(self, column: str) -> sql.Composable:
        written = self.expressions.get(column)
        return sql.SQL(written) if written else sql.Identifier(column)


RELATIONS = (
    LargeRelation("heart_rate", "public", columns=READING, slice="1 day", label="readings"),
    LargeRelation("heart_rate_minute", columns=MINUTE, slice="30 days", label="minutes"),
    LargeRelation("heart_rate_hour", columns=HOUR, slice="365 days", label="hours"),
    Relation("heart_rate_day"),
    Relation("heart_rate_yield"),
    Relation("heart_rate_gap"),
    Relation("heart_rate_coverage"),
    Relation("heart_rate_participant"),
)
