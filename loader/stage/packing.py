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

from loader.stage.binary_copy import HEADER, TRAILER, Readings

READINGS_IN_PACK = 480
PAGE_FOR_ARRAYS = 7900
"""Bytes of a page that arrays and participant may fill; a larger row would be toasted."""

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


def pack(parts: Iterable[Readings]) -> Iterator[bytes]:
    """Turn readings into a COPY stream.

    A null confidence is written as NO_CONFIDENCE: fixed width keeps the layout regular.
    """
    yield HEADER
    for readings in parts:
        size = _readings_in_pack(readings)
        whole = len(readings) // size * size
        for part, length in (
            (readings[:whole], size),
            (readings[whole:], len(readings) - whole),
        ):
            if len(part):
                yield _packs(part, length)
    yield TRAILER


def _readings_in_pack(readings: Readings) -> int:
    width = 16 if readings.confidences is None else 18
    return min(READINGS_IN_PACK, (PAGE_FOR_ARRAYS - len(readings.name)) // width)


def _packs(readings: Readings, length: int) -> bytes:
    """Packs of equal length, laid out as Postgres' tuples by one structured array."""
    name, count = readings.name, len(readings) // length
    packs = np.zeros(count, _tuple_layout(len(name), length, readings.confidences is not None))
    instants = readings.instants.reshape(count, length)
    packs["fields"] = len(COLUMNS)
    packs["name_bytes"], packs["name"] = len(name), name
    packs["first_bytes"], packs["first"] = 8, instants[:, 0]
    packs["last_bytes"], packs["last"] = 8, instants[:, -1]
    _fill_array(packs["timestamps"], TIMESTAMPTZ, 8, instants)
    _fill_array(packs["bpm"], FLOAT8, 8, readings.values.reshape(count, length))
    if readings.confidences is None:
        packs["no_confidences"] = -1
    else:
        _fill_array(packs["confidences"], INT2, 2, readings.confidences.reshape(count, length))
    return packs.tobytes()


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
