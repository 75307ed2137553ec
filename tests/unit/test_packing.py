"""Packs are what Postgres' binary COPY reads, hold every reading in order, and fit on a page."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import BrokenInvariantError
from loader.packing import COLUMNS, POSTGRES_EPOCH_US, READINGS_IN_PACK, pack

LARGEST_TUPLE = 8160
"""MaxHeapTupleSize of a page of 8 kB."""

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


@dataclass(frozen=True)
class Pack:
    participant: str
    first: int
    last: int
    instants: list[int]
    values: list[float]
    confidences: list[int] | None


class Decoder:
    """Reads a COPY stream in binary format, strictly as the PostgreSQL manual describes it."""

    def __init__(self, stream: bytes) -> None:
        assert stream[:11] == b"PGCOPY\n\xff\r\n\0"
        assert struct.unpack("!ii", stream[11:19]) == (0, 0)
        self._stream = stream
        self._at = 19

    def packs(self) -> Iterator[Pack]:
        while (fields := self._number("!h")) != -1:
            assert fields == len(COLUMNS) == 6
            name, first, last, *arrays = [self._field() for _ in range(fields)]
            assert name is not None
            assert first is not None
            assert last is not None
            yield Pack(
                participant=name.decode(),
                first=struct.unpack("!q", first)[0],
                last=struct.unpack("!q", last)[0],
                instants=[int(element) for element in array(arrays[0], 1184, "!q")],
                values=array(arrays[1], 701, "!d"),
                confidences=None
                if arrays[2] is None
                else [int(element) for element in array(arrays[2], 21, "!h")],
            )
        assert self._at == len(self._stream)

    def _number(self, layout: str) -> int:
        (number,) = struct.unpack_from(layout, self._stream, self._at)
        self._at += struct.calcsize(layout)
        return int(number)

    def _field(self) -> bytes | None:
        length = self._number("!i")
        if length == -1:
            return None
        self._at += length
        return self._stream[self._at - length : self._at]


def array(field: bytes | None, element_type: int, element: str) -> list[float]:
    """The elements of a one-dimensional array without nulls (array_recv)."""
    assert field is not None
    dimensions, has_null, oid, length, lower_bound = struct.unpack_from("!iiiii", field)
    assert (dimensions, has_null, oid, lower_bound) == (1, 0, element_type, 1)
    width = struct.calcsize(element)
    assert len(field) == 20 + length * (4 + width)
    elements = []
    for start in range(20, len(field), 4 + width):
        assert struct.unpack_from("!i", field, start) == (width,)
        elements.append(struct.unpack_from(element, field, start + 4)[0])
    return elements


def batch(readings: list[Reading]) -> pa.RecordBatch:
    """Readings in the form in which DuckDB hands them over."""
    columns = zip(*readings, strict=True) if readings else ([], [], [], [])
    types = (pa.string(), pa.int64(), pa.float64(), pa.int8())
    return pa.record_batch(
        [pa.array(column, of) for column, of in zip(columns, types, strict=True)],
        names=["participant_id", "timestamp_us", "value", "confidence"],
    )


def decoded(*batches: list[Reading]) -> list[Pack]:
    return list(Decoder(b"".join(pack(batch(readings) for readings in batches))).packs())


def unpacked(packs: list[Pack]) -> list[Reading]:
    """The readings in packs, as the view staging.heart_rate shows them."""
    return [
        (one.participant, instant + POSTGRES_EPOCH_US, value, None if place == -1 else place)
        for one in packs
        for instant, value, place in zip(
            one.instants, one.values, one.confidences or [-1] * len(one.instants), strict=True
        )
    ]


def tuple_bytes(one: Pack) -> int:
    """What a pack takes on a page: heap tuple header, plain text, two instants, three arrays."""

    def aligned(size: int) -> int:
        return -(-size // 8) * 8

    count = len(one.instants)
    sizes = [24, 4 + len(one.participant.encode()), 8, 8, 24 + 8 * count, 24 + 8 * count]
    if one.confidences is not None:
        sizes.append(24 + 2 * count)
    return sum(aligned(size) for size in sizes)


@given(deltas, st.integers(1, 20))
def test_round_trip_whatever_the_batches(delta: list[Reading], rows: int) -> None:
    parts = [delta[start : start + rows] for start in range(0, len(delta), rows)]
    assert unpacked(decoded(*parts)) == delta


@given(
    names,
    st.integers(1, 3 * READINGS_IN_PACK),
    st.sampled_from([[None], [3], [None, 0, 1, 2, 3], [0]]),
)
def test_a_long_run_of_readings(name: str, count: int, turns: list[int | None]) -> None:
    delta: list[Reading] = [
        (name, second * 1_000_000, 60 + second / 7 % 100, turns[second % len(turns)])
        for second in range(count)
    ]
    packs = decoded(delta)
    assert unpacked(packs) == delta
    for one in packs:
        assert (one.first, one.last) == (one.instants[0], one.instants[-1])
        assert 0 < len(one.instants) <= READINGS_IN_PACK
        assert tuple_bytes(one) <= LARGEST_TUPLE


@pytest.mark.parametrize("confidence", [None, 3])
@pytest.mark.parametrize("name", ["m", "é" * 100, "𝄞" * 50, "x" * 200])
def test_a_pack_fills_a_page_but_never_more(name: str, confidence: int | None) -> None:
    delta: list[Reading] = [(name, second, 61.5, confidence) for second in range(1500)]
    packs = decoded(delta)
    assert unpacked(packs) == delta
    assert all(tuple_bytes(one) <= LARGEST_TUPLE for one in packs)
    assert all(tuple_bytes(one) > LARGEST_TUPLE - 600 for one in packs[:-1])


def test_nothing_is_a_valid_stream() -> None:
    assert decoded() == []
    assert decoded([]) == []


@pytest.mark.parametrize(
    "batches",
    [
        [[("a", 2, 60.0, None), ("a", 1, 60.0, None)]],
        [[("a", 1, 60.0, None), ("a", 1, 61.0, None)]],
        [[("b", 1, 60.0, None), ("a", 2, 60.0, None)]],
        [[("a", 1, 60.0, None)], [("a", 1, 60.0, None)]],
        [[("a", 2, 60.0, None)], [("a", 1, 60.0, None)]],
        [[("b", 1, 60.0, None)], [("a", 2, 60.0, None)]],
        [[("a", 1, 60.0, None), ("b", 1, 60.0, None), ("a", 2, 60.0, None)]],
    ],
)
def test_readings_out_of_order_are_refused(batches: list[list[Reading]]) -> None:
    with pytest.raises(BrokenInvariantError, match="out of order"):
        b"".join(pack(batch(readings) for readings in batches))
