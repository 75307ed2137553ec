"""Packs: up to 480 readings of one participant as one row of arrays, in Postgres' binary COPY form.

A pack is just under a page (8 kB), so a row of the staging table costs one page write instead of
480 rows with 24 bytes of header each: 4 seconds a year of readings where a row a reading takes 12.
Formats: https://www.postgresql.org/docs/17/sql-copy.html (binary format) and array_send() in
PostgreSQL's src/backend/utils/adt/arrayfuncs.c.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loader.errors import BrokenInvariantError

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"

READINGS_IN_PACK = 480
PAGE_FOR_ARRAYS = 7900
"""Bytes of a page that arrays and participant may fill; a larger row would be toasted."""

POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01 00:00:00 UTC, where Postgres begins to count, in microseconds since 1970."""

NO_CONFIDENCE = -1
"""How a pack writes a null confidence: fixed width keeps the layout regular."""

TIMESTAMPTZ, FLOAT8, INT2 = 1184, 701, 21
"""Type oids (pg_type.dat)."""

COLUMNS = (
    "participant_id",
    "first_timestamp",
    "last_timestamp",
    "timestamps",
    "bpm",
    "confidences",
)

Instants = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Confidences = npt.NDArray[np.int16]


def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Turn batches of (participant_id, timestamp_us, value, confidence) into a COPY stream.

    The batches must be in strictly rising order of (participant, timestamp).

    Raises:
        BrokenInvariantError: they are not; nothing may be staged twice.
    """
    yield HEADER
    previous: tuple[str, int] | None = None
    for batch in batches:
        for participant_id, instants, values, confidences in _by_participant(batch):
            _require_order(previous, participant_id, instants)
            previous = (participant_id, int(instants[-1]))
            yield from _pack_participant(participant_id, instants, values, confidences)
    yield TRAILER


def _by_participant(
    batch: pa.RecordBatch,
) -> Iterator[tuple[str, Instants, Values, Confidences | None]]:
    """Split a batch into its runs of one participant."""
    runs = pc.run_end_encode(batch.column("participant_id"))
    instants = batch.column("timestamp_us").to_numpy()
    values = batch.column("value").to_numpy()
    column = batch.column("confidence")
    confidences = None
    if column.null_count < len(column):
        confidences = column.cast(pa.int16()).fill_null(NO_CONFIDENCE).to_numpy()
    start = 0
    for participant_id, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        part = slice(start, end)
        yield (
            participant_id,
            instants[part],
            values[part],
            None if confidences is None else confidences[part],
        )
        start = end


def _require_order(
    previous: tuple[str, int] | None, participant_id: str, instants: Instants
) -> None:
    rising = bool((np.diff(instants) > 0).all())
    if not rising or (previous is not None and (participant_id, int(instants[0])) <= previous):
        raise BrokenInvariantError(
            f"the delta of {participant_id} is out of order", "this is a bug in the loader"
        )


def _pack_participant(
    participant_id: str, instants: Instants, values: Values, confidences: Confidences | None
) -> Iterator[bytes]:
    name = participant_id.encode()
    width = 16 if confidences is None else 18
    size = min(READINGS_IN_PACK, (PAGE_FOR_ARRAYS - len(name)) // width)
    whole = len(instants) // size * size
    for part, length in ((slice(0, whole), size), (slice(whole, None), len(instants) - whole)):
        if len(instants[part]):
            yield _rows(
                name,
                instants[part],
                values[part],
                None if confidences is None else confidences[part],
                length,
            )


def _rows(
    name: bytes, instants: Instants, values: Values, confidences: Confidences | None, length: int
) -> bytes:
    """Packs of equal length, laid out as Postgres' tuples by one structured array."""
    count = len(instants) // length
    rows = np.zeros(count, _tuple_layout(len(name), length, confidences is not None))
    postgres_us = (instants - POSTGRES_EPOCH_US).reshape(count, length)
    rows["fields"] = len(COLUMNS)
    rows["name_bytes"] = len(name)
    rows["name"] = name
    rows["first_bytes"] = rows["last_bytes"] = 8
    rows["first"], rows["last"] = postgres_us[:, 0], postgres_us[:, -1]
    _fill_array(rows["timestamps"], TIMESTAMPTZ, 8, postgres_us)
    _fill_array(rows["bpm"], FLOAT8, 8, values.reshape(count, length))
    if confidences is None:
        rows["no_confidences"] = -1
    else:
        _fill_array(rows["confidences"], INT2, 2, confidences.reshape(count, length))
    return rows.tobytes()


def _fill_array(
    array: npt.NDArray[np.void], element_oid: int, width: int, elements: npt.NDArray[np.generic]
) -> None:
    length = elements.shape[1]
    array["bytes"] = 20 + length * (4 + width)
    array["dimensions"] = 1
    array["element_oid"] = element_oid
    array["length"] = length
    array["lower_bound"] = 1
    array["elements"]["bytes"] = width
    array["elements"]["element"] = elements


@cache
def _tuple_layout(name_bytes: int, length: int, with_confidence: bool) -> np.dtype[np.void]:
    confidences = (
        ("confidences", _array_layout(length, ">i2"))
        if with_confidence
        else ("no_confidences", ">i4")
    )
    return np.dtype(
        [
            ("fields", ">i2"),
            ("name_bytes", ">i4"),
            ("name", f"S{name_bytes}"),
            ("first_bytes", ">i4"),
            ("first", ">i8"),
            ("last_bytes", ">i4"),
            ("last", ">i8"),
            ("timestamps", _array_layout(length, ">i8")),
            ("bpm", _array_layout(length, ">f8")),
            confidences,
        ]
    )


def _array_layout(length: int, element: str) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("bytes", ">i4"),
            ("dimensions", ">i4"),
            ("has_null", ">i4"),
            ("element_oid", ">i4"),
            ("length", ">i4"),
            ("lower_bound", ">i4"),
            ("elements", [("bytes", ">i4"), ("element", element)], (length,)),
        ]
    )
