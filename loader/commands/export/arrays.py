"""Rows of COPY in binary format whose columns are arrays, as Arrow batches.

Sending each column of a day as one array costs the server as much as sending the rows, and costs
this process a seventh: psycopg2 calls Python for every row of a COPY.

The formats: https://www.postgresql.org/docs/17/sql-copy.html (binary format), and array_send in
PostgreSQL's src/backend/utils/adt/arrayfuncs.c.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loader.commands.export.relations import Columns
from loader.errors import BrokenInvariantError
from loader.stage.binary_copy import HEADER, POSTGRES_EPOCH_US

FIELDS = struct.Struct(">h")
LENGTH = struct.Struct(">i")
ARRAY = struct.Struct(">iiIii")
"""Dimensions, whether it has nulls, the element's type, the number of elements, the first index."""

ARRAY_START = LENGTH.size + ARRAY.size

END = -1
"""The number of fields in the stream's last tuple."""

NUMBERS: dict[pa.DataType, tuple[int, str]] = {
    pa.timestamp("us", "UTC"): (1184, "i8"),
    pa.timestamp("us"): (1114, "i8"),
    pa.float64(): (701, "f8"),
    pa.int64(): (20, "i8"),
    pa.int16(): (21, "i2"),
}
"""The types of elements: Postgres' oid, and NumPy's type."""


def bytes_of_row(columns: Columns) -> int:
    """The bytes of a row's elements in the stream, without nulls."""
    return sum(LENGTH.size + np.dtype(NUMBERS[kind][1]).itemsize for _, kind in columns)


def batches(
    messages: Iterable[bytes], participant: str | None, columns: Columns
) -> Iterator[pa.RecordBatch]:
    """A batch for each row of a COPY.

    Args:
        messages: the pieces of the stream, each with whole rows, as libpq delivers them.
        participant: whose rows they are; None if the first field of each row says that. Then the
            names rise from row to row.
        columns: the columns of the row, whose arrays are equally long; the first one rises within
            a participant's rows.

    Raises:
        BrokenInvariantError: the server sent something else.
    """
    names = ["participant_id", *(name for name, _ in columns)]
    last: tuple[str, int] | None = None
    for position in _rows(messages):
        whose = _text(position) if participant is None else participant
        arrays = [_array(position, kind) for _, kind in columns]
        key = arrays[0].cast(pa.int64()).to_numpy()
        if (last is not None and (whose, key[0]) <= last) or not bool((np.diff(key) > 0).all()):
            raise BrokenInvariantError(f"the rows of {whose} are out of order")
        last = (whose, key[-1])
        repeated = pa.repeat(pa.scalar(whose, pa.string()), len(key))
        yield pa.record_batch([repeated, *arrays], names=names)


class _Position:
    """A place in a piece of the stream."""

    def __init__(self, piece: bytes, offset: int) -> None:
        self.piece = piece
        self.offset = offset


def _rows(messages: Iterable[bytes]) -> Iterator[_Position]:
    """The position of each row's first field."""
    first = True
    for piece in messages:
        offset = len(HEADER) if first else 0
        first = False
        if offset < len(piece):
            (fields,) = FIELDS.unpack_from(piece, offset)
            if fields != END:
                yield _Position(piece, offset + FIELDS.size)


def _text(position: _Position) -> str:
    """The text at a position, which moves to the next field."""
    start = position.offset + LENGTH.size
    (length,) = LENGTH.unpack_from(position.piece, position.offset)
    position.offset = start + length
    return position.piece[start : position.offset].decode()


def _array(position: _Position, kind: pa.DataType) -> pa.Array:
    """The array at a position, which moves to the next field."""
    piece, offset = position.piece, position.offset
    (length,) = LENGTH.unpack_from(piece, offset)
    dimensions, has_nulls, oid, count, _ = ARRAY.unpack_from(piece, offset + LENGTH.size)
    expected, code = NUMBERS[kind]
    if dimensions != 1 or oid != expected:
        raise BrokenInvariantError(f"an array of type {oid} came instead of {expected}")
    position.offset = offset + LENGTH.size + length
    start, end = offset + ARRAY_START, position.offset
    missing: npt.NDArray[np.bool_] | None = None
    if has_nulls:
        values, missing = _with_nulls(piece[start:end], count, code)
    else:
        layout = np.dtype([("length", ">i4"), ("value", f">{code}")])
        values = np.frombuffer(piece, layout, count, start)["value"].astype(code)
    if pa.types.is_timestamp(kind):
        values = values + POSTGRES_EPOCH_US
        return pa.array(values, pa.int64(), mask=missing).cast(kind)
    return pa.array(values, kind, mask=missing)


def _with_nulls(
    elements: bytes, count: int, code: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """The values of an array, and which are null: these have a length of -1 and no bytes."""
    number = np.dtype(f">{code}")
    words = np.frombuffer(elements, ">i2")
    if len(words) == 2 * count:
        return np.zeros(count, code), np.ones(count, np.bool_)
    # A length is two words, -1 and -1 or 0 and the number of bytes. Each element's place depends
    # on the one before it.
    is_null = (words == -1).tolist()
    step = 2 + number.itemsize // 2
    places = []
    place = 0
    for _ in range(count):
        places.append(place)
        place += 2 if is_null[place] else step
    starts = np.array(places)
    missing = np.array(is_null)[starts]
    values = np.zeros(count, code)
    spans = 2 * starts[~missing, np.newaxis] + 4 + np.arange(number.itemsize)
    known = np.frombuffer(elements, np.uint8)[spans]
    values[~missing] = known.reshape(-1).view(number)
    return values, missing
