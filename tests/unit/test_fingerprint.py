"""A fingerprint tells a file that grew from one whose past was changed."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loader.ledger import fingerprint as fingerprints
from loader.ledger.fingerprint import Fingerprint

BLOCK, RECENT, ROTATING = 16, 3, 2


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingerprints, "BLOCK", BLOCK)
        patch.setattr(fingerprints, "RECENT_BLOCKS", RECENT)
        patch.setattr(fingerprints, "ROTATING_BLOCKS", ROTATING)
        yield


def fingerprint_of(content: bytes) -> Fingerprint:
    made = Fingerprint()
    for start in range(0, len(content), BLOCK):
        made.extend(content[start : start + BLOCK])
    return made


def numbered(length: int) -> bytes:
    """Bytes that differ from block to block."""
    return bytes(number % 251 for number in range(length))


def matches(made: Fingerprint, path: Path, content: bytes, turn: int | None = None) -> bool:
    path.write_bytes(content)
    with path.open("rb") as file:
        return made.matches(file, turn)


def changed(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK + 3])
@pytest.mark.parametrize("growth", [0, 1, BLOCK, 5 * BLOCK])
@pytest.mark.parametrize("turn", [None, 0, 1, 7])
def test_a_grown_file_matches(tmp_path: Path, length: int, growth: int, turn: int | None) -> None:
    content = numbered(length + growth)
    assert matches(fingerprint_of(content[:length]), tmp_path / "hr.csv", content, turn)


def test_a_shorter_file_does_not_match(tmp_path: Path) -> None:
    content = numbered(3 * BLOCK + 5)
    made = fingerprint_of(content)
    assert not matches(made, tmp_path / "hr.csv", content[:-1])
    assert not matches(made, tmp_path / "hr.csv", b"")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=10 * BLOCK), st.binary(max_size=2 * BLOCK), st.data())
def test_a_changed_byte_anywhere_is_seen_by_a_full_comparison(
    tmp_path: Path, content: bytes, growth: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(content) - 1))
    made = fingerprint_of(content)
    assert not matches(made, tmp_path / "hr.csv", changed(content, place) + growth)


@pytest.mark.parametrize("turn", range(5))
def test_every_turn_sees_a_change_in_the_first_and_in_the_recent_blocks(
    tmp_path: Path, turn: int
) -> None:
    content = numbered(12 * BLOCK + 5)
    made = fingerprint_of(content)
    recent = range(len(content) - (RECENT - 1) * BLOCK - 5, len(content))
    for place in (*range(BLOCK), *recent):
        assert not matches(made, tmp_path / "hr.csv", changed(content, place), turn)


@pytest.mark.parametrize("first_turn", [0, 1, 1000])
@pytest.mark.parametrize("blocks", [RECENT + 1, 7, 8, 20])
def test_successive_turns_compare_every_block(first_turn: int, blocks: int) -> None:
    made = Fingerprint(blocks * BLOCK - 1, bytearray(blocks))
    turns = range(first_turn, first_turn + math.ceil((blocks - RECENT) / ROTATING))
    compared = {block for turn in turns for block in made._blocks_to_compare(turn)}
    assert compared == set(range(blocks))


def test_a_turn_reads_no_more_than_it_may() -> None:
    made = Fingerprint(1000 * BLOCK, bytearray(1000))
    assert len(list(made._blocks_to_compare(5))) <= 1 + ROTATING + RECENT
    assert len(list(made._blocks_to_compare(None))) == 1000


@pytest.mark.parametrize("length", [1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 3])
def test_the_last_block_is_dropped_and_known_again(length: int) -> None:
    content = numbered(length)
    made = fingerprint_of(content)
    before = (length - 1) // BLOCK * BLOCK
    assert made.without_last_block() == fingerprint_of(content[:before])
    assert made == fingerprint_of(content)
    assert made.ends_with(content[before:] + b"appended")
    assert not made.ends_with(changed(content, length - 1)[before:] + b"appended")


def test_nothing_ends_with_anything() -> None:
    assert Fingerprint().without_last_block() == Fingerprint()
    assert Fingerprint().ends_with(b"anything")


def test_what_a_turn_leaves_out() -> None:
    def not_compared(blocks: int, turn: int) -> int:
        return Fingerprint(blocks * BLOCK, bytearray()).bytes_not_compared(turn)

    assert not_compared(RECENT + 1, 0) == 0
    assert not_compared(100, 0) == (100 - RECENT - ROTATING) * BLOCK
    assert not_compared(100, 1) == (99 - RECENT - ROTATING) * BLOCK


def test_only_the_blocks_from_a_byte_on_are_compared(tmp_path: Path) -> None:
    content = numbered(3 * BLOCK)
    path = tmp_path / "hr.csv"
    path.write_bytes(changed(content, 0))
    with path.open("rb") as file:
        assert fingerprint_of(content).matches(file, start=BLOCK)
        assert not fingerprint_of(content).matches(file, start=BLOCK - 1)
