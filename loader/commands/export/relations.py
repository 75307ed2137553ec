"""What is exported: ``heart_rate`` and the marts that describe it, a ``.sql`` file for each.

Left out: ``heart_rate_sensitivity``, which can be counted from the days, and columns that are
arrays, which a CSV can't hold.
"""

from dataclasses import dataclass

import pyarrow as pa

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
    """A relation of the database and the file that it becomes.

    Attributes:
        name: its name in the database, and the file's name without its suffix.
        schema: its schema in the database.
        columns: of a large relation, whose rows are read as arrays (``arrays.py``), the columns
            after participant_id; the first one is the key. None for a small one (``rows.py``).
        label: what the progress bar calls its rows; only for large ones.
    """

    name: str
    schema: str = "marts"
    columns: Columns | None = None
    label: str = ""

    @property
    def statement(self) -> str:
        """The name of the ``.sql`` file that reads it."""
        return f"commands/export/relations/{self.name}"


RELATIONS = (
    Relation("heart_rate", "public", READING, "readings"),
    Relation("heart_rate_minute", columns=MINUTE, label="minutes"),
    Relation("heart_rate_hour", columns=HOUR, label="hours"),
    Relation("heart_rate_day"),
    Relation("heart_rate_yield"),
    Relation("heart_rate_gap"),
    Relation("heart_rate_coverage"),
    Relation("heart_rate_participant"),
)
