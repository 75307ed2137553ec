"""Rows: a reading each, in Postgres' binary COPY form, for the table that heart_rate takes over."""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from loader.stage.binary_copy import HEADER, NO_CONFIDENCE, TRAILER, Readings

COLUMNS = ("participant_id", "timestamp", "value", "confidence")


def rows(parts: Iterable[Readings]) -> Iterator[bytes]:
    """Turn readings into a COPY stream."""
    yield HEADER
    for readings in parts:
        yield _rows(readings)
    yield TRAILER


def _rows(readings: Readings) -> bytes:
    """All rows laid out alike by one structured array; then nulls lose the bytes of their value."""
    table = np.zeros(len(readings), _layout(len(readings.name), readings.confidences is not None))
    table["fields"] = len(COLUMNS)
    table["name_bytes"], table["name"] = len(readings.name), readings.name
    table["timestamp_bytes"], table["timestamp"] = 8, readings.instants
    table["value_bytes"], table["value"] = 8, readings.values
    if readings.confidences is None:
        table["confidence_bytes"] = -1
        return table.tobytes()
    missing = readings.confidences == NO_CONFIDENCE
    table["confidence_bytes"] = np.where(missing, -1, 2)
    table["confidence"] = readings.confidences
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
