"""Readings as rows of Postgres' binary COPY.

The format: https://www.postgresql.org/docs/17/sql-copy.html (binary format).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loader.errors import BrokenInvariantError

COLUMNS = ("participant_id", "timestamp", "value", "confidence")
"""The columns of copy_rows.sql."""

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant from which Postgres counts."""

POSTGRES_EPOCH_US = int(POSTGRES_EPOCH.timestamp()) * 1_000_000
"""The same in microseconds since 1970."""

Instants = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Confidences = np.ma.MaskedArray[Any, np.dtype[np.int16]]


@dataclass(frozen=True)
class Readings:
    """Readings of one participant, in strictly rising order.

    Attributes:
        name: the participant, in UTF-8.
        instants: microseconds since Postgres' epoch (UTC).
        values: beats per minute.
        confidences: masked if a reading has none; None if no reading has one.
    """

    name: bytes
    instants: Instants
    values: Values
    confidences: Confidences | None

    def __len__(self) -> int:
        return len(self.instants)

    def __getitem__(self, part: slice) -> "Readings":
        confidences = None if self.confidences is None else self.confidences[part]
        return Readings(self.name, self.instants[part], self.values[part], confidences)


def by_participant(batches: Iterable[pa.RecordBatch]) -> Iterator[Readings]:
    """Split batches of the delta where the participant changes.

    Args:
        batches: participant_id, timestamp_us (microseconds since 1970, UTC), value (bpm),
            confidence, in strictly rising order of (participant, timestamp).

    Raises:
        BrokenInvariantError: they are not; nothing may be staged twice.
    """
    previous: tuple[str, int] | None = None
    for batch in batches:
        readings = _as_arrays(batch)
        people = pc.run_end_encode(batch.column("participant_id"))
        start = 0
        for name, end in zip(people.values.to_pylist(), people.run_ends.to_pylist(), strict=True):
            instants, values, confidences = readings
            part = slice(start, end)
            _require_order(previous, name, instants[part])
            previous = (name, int(instants[end - 1]))
            yield Readings(name.encode(), instants, values, confidences)[part]
            start = end


def rows(parts: Iterable[Readings]) -> Iterator[bytes]:
    """Turn readings into a COPY stream."""
    yield HEADER
    for readings in parts:
        yield _rows(readings)
    yield TRAILER


def _as_arrays(batch: pa.RecordBatch) -> tuple[Instants, Values, Confidences | None]:
    instants = batch.column("timestamp_us").to_numpy() - POSTGRES_EPOCH_US
    column = batch.column("confidence")
    confidences: Confidences | None = None
    if column.null_count < len(column):
        known = column.cast(pa.int16()).fill_null(0).to_numpy()
        missing = column.is_null().to_numpy(zero_copy_only=False)
        confidences = np.ma.MaskedArray(known, missing)
    return instants, batch.column("value").to_numpy(), confidences


def _require_order(previous: tuple[str, int] | None, name: str, instants: Instants) -> None:
    rising = bool((np.diff(instants) > 0).all())
    if not rising or (previous is not None and (name, int(instants[0])) <= previous):
        raise BrokenInvariantError(f"the delta of {name} is out of order")


def _rows(readings: Readings) -> bytes:
    """Write all rows with one structured array, and then remove the bytes of null values."""
    table = np.zeros(len(readings), _layout(len(readings.name), readings.confidences is not None))
    table["fields"] = len(COLUMNS)
    table["name_bytes"], table["name"] = len(readings.name), readings.name
    table["timestamp_bytes"], table["timestamp"] = 8, readings.instants
    table["value_bytes"], table["value"] = 8, readings.values
    if readings.confidences is None:
        table["confidence_bytes"] = -1
        return table.tobytes()
    missing = np.ma.getmaskarray(readings.confidences)
    table["confidence_bytes"] = np.where(missing, -1, 2)
    table["confidence"] = readings.confidences.data
    if not missing.any():
        return table.tobytes()
    sent = np.ones((len(table), table.itemsize), np.bool_)
    sent[missing, -2:] = False
    return table.view(np.uint8).reshape(sent.shape)[sent].tobytes()


@cache
def _layout(name_bytes: int, with_confidence: bool) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("fields", ">i2"),
            ("name_bytes", ">i4"),
            ("name", f"S{name_bytes}"),
            ("timestamp_bytes", ">i4"),
            ("timestamp", ">i8"),
            ("value_bytes", ">i4"),
            ("value", ">f8"),
            ("confidence_bytes", ">i4"),
            *([("confidence", ">i2")] if with_confidence else []),
        ]
    )
