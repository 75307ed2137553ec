"""Rows of text, built one column at a time: no Python code runs per row.

The rows are laid out in a fixed-width table of characters, with a NUL wherever a row is shorter
(`61.2034` and `101.4608`), and the NULs are then deleted.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scripts.sample_data.signal import DAY, HOUR, MINUTE, Floats

Texts: TypeAlias = NDArray[np.bytes_]


def joined(count: int, *fields: bytes | Texts) -> bytes:
    """`count` rows: each field is the same text in every row, or one text per row."""
    widths = [len(field) if isinstance(field, bytes) else field.itemsize for field in fields]
    table = np.empty((count, sum(widths)), dtype=np.uint8)
    left = 0
    for field, width in zip(fields, widths, strict=True):
        column = table[:, left : left + width]
        if isinstance(field, bytes):
            column[:] = np.frombuffer(field, dtype=np.uint8)
        else:
            column[:] = field.view(np.uint8).reshape(count, width)
        left += width
    return table.tobytes().translate(None, b"\0")


def whole_numbers(values: Floats) -> Texts:
    """The nearest integers, 0 to 999, as text."""
    return numbers()[np.rint(values).astype(np.int64)]


@cache
def numbers() -> Texts:
    """`0` to `999`, NUL after the shorter ones."""
    return np.array([str(n).encode() for n in range(1_000)])


@cache
def four_digits() -> Texts:
    """`0000` to `9999`."""
    return np.array([b"%04d" % n for n in range(10_000)])


@cache
def clock() -> Texts:
    """`00:00:00` to `23:59:59`, one per second."""
    return np.array(
        [b"%02d:%02d:%02d" % (s // HOUR, s // MINUTE % 60, s % MINUTE) for s in range(DAY)]
    )


@cache
def twelve_hour_clock() -> Texts:
    """`12:00:00 AM` to `11:59:59 PM`, one per second."""
    return np.array(
        [
            b"%d:%02d:%02d %s"
            % (
                (s // HOUR - 1) % 12 + 1,
                s // MINUTE % 60,
                s % MINUTE,
                b"AM" if s < DAY // 2 else b"PM",
            )
            for s in range(DAY)
        ]
    )
