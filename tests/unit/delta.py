"""Deltas as DuckDB hands them over, and what a COPY stream made of them says."""

import struct
from collections.abc import Iterator, Sequence

import pyarrow as pa
from hypothesis import strategies as st

Reading = tuple[str, int, float, int | None]
"""(participant, microseconds since 1970, bpm, confidence)."""

names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).map(
    lambda name: name.encode()[:200].decode(errors="ignore")
)
instants = st.integers(-(2**58), 2**58)
values = st.floats(0, 300, exclude_min=True)
confidences = st.none() | st.integers(0, 3)
deltas = st.dictionaries(st.tuples(names, instants), st.tuples(values, confidences)).map(
    lambda by_key: [(*key, *by_key[key]) for key in sorted(by_key)]
)


def batch(readings: Sequence[Reading]) -> pa.RecordBatch:
    """Readings in the form in which DuckDB hands them over."""
    columns = zip(*readings, strict=True) if readings else ([], [], [], [])
    types = (pa.string(), pa.int64(), pa.float64(), pa.int8())
    return pa.record_batch(
        [pa.array(column, of) for column, of in zip(columns, types, strict=True)],
        names=["participant_id", "timestamp_us", "value", "confidence"],
    )


def copied(stream: bytes, columns: int) -> Iterator[list[bytes | None]]:
    """The fields of each row of a binary COPY, strictly as the PostgreSQL manual describes it."""
    assert stream[:11] == b"PGCOPY\n\xff\r\n\0"
    assert struct.unpack("!ii", stream[11:19]) == (0, 0)
    place = 19
    while (fields := struct.unpack_from("!h", stream, place)[0]) != -1:
        assert fields == columns
        place += 2
        row: list[bytes | None] = []
        for _ in range(columns):
            (length,) = struct.unpack_from("!i", stream, place)
            place += 4
            row.append(None if length == -1 else stream[place : place + length])
            place += max(length, 0)
        yield row
    assert place + 2 == len(stream)
