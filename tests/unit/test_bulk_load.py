"""The sessions that fill the bulk-load table share its chunks fairly."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loader.stage.bulk_load import Chunk, share_out

WEEK = timedelta(days=7)
BEGINNING = datetime(2024, 1, 4, tzinfo=UTC)


def chunks(readings: list[int]) -> list[Chunk]:
    """Neighbouring chunks that are to get so many readings."""
    return [
        Chunk(BEGINNING + week * WEEK, BEGINNING + (week + 1) * WEEK, "s", "c", False, number)
        for week, number in enumerate(readings)
    ]


@given(st.lists(st.integers(1, 1000), max_size=60), st.integers(1, 4))
def test_every_chunk_once_in_order_and_no_session_for_nothing(
    readings: list[int], sessions: int
) -> None:
    all_chunks = chunks(readings)

    shares = share_out(all_chunks, sessions)

    assert [chunk for share in shares for chunk in share] == all_chunks
    assert len(shares) <= sessions
    assert all(shares)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=60), st.integers(1, 4))
def test_shares_differ_from_the_fair_one_by_a_chunk(readings: list[int], sessions: int) -> None:
    fair, largest = sum(readings) / sessions, max(readings)

    for share in share_out(chunks(readings), sessions):
        assert sum(chunk.readings for chunk in share) <= fair + largest


def test_two_equal_chunks_are_one_each() -> None:
    assert [len(share) for share in share_out(chunks([600, 600]), 2)] == [1, 1]


def test_a_chunk_that_is_to_get_nothing_is_filled_by_somebody() -> None:
    assert [len(share) for share in share_out(chunks([600, 0, 600, 0]), 2)] == [1, 3]
