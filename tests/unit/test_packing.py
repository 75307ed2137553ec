"""Packs are what Postgres' binary COPY reads, hold every reading in order, and fit on a page."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.stage.binary_copy import POSTGRES_EPOCH_US, by_participant
from loader.stage.packing import COLUMNS, READINGS_IN_PACK, pack
from tests.unit.delta import Reading, batch, copied, deltas, names

LARGEST_TUPLE = 8160
"""MaxHeapTupleSize of a page of 8 kB."""


@dataclass(frozen=True)
class Pack:
    participant: str
    first: int
    last: int
    instants: list[int]
    values: list[float]
    confidences: list[int] | None


def decoded(*batches: list[Reading]) -> list[Pack]:
    stream = b"".join(pack(by_participant(batch(readings) for readings in batches)))
    return [as_pack(*fields) for fields in copied(stream, len(COLUMNS))]


def as_pack(
    name: bytes | None,
    first: bytes | None,
    last: bytes | None,
    timestamps: bytes | None,
    bpm: bytes | None,
    confidences: bytes | None,
) -> Pack:
    assert name is not None
    assert first is not None
    assert last is not None
    return Pack(
        participant=name.decode(),
        first=struct.unpack("!q", first)[0],
        last=struct.unpack("!q", last)[0],
        instants=[int(element) for element in array(timestamps, 1184, "!q")],
        values=array(bpm, 701, "!d"),
        confidences=None
        if confidences is None
        else [int(element) for element in array(confidences, 21, "!h")],
    )


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
