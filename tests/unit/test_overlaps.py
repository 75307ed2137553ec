"""The files that share an instant of a day are those that a comparison of each pair would find."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from loader.compare.overlaps import overlapping
from loader.ledger.known_files import Span

DAY = date(2024, 1, 1)
MIDNIGHT = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c", "d", "e")


def span(name: str, first: int | None, length: int) -> Span:
    start = MIDNIGHT + timedelta(seconds=first or 0)
    end = start + timedelta(seconds=length)
    return name, "me", DAY, "", start if first is not None else None, end


def by_pairs(spans: list[Span], read: set[str]) -> set[str]:
    """The definition."""
    found = set()
    for one, other in combinations(spans, 2):
        (name, *_, first, last), (other_name, *_, other_first, other_last) = one, other
        apart = (first is not None and first > other_last) or (
            other_first is not None and other_first > last
        )
        if name != other_name and {name, other_name} & read and not apart:
            found |= {name, other_name}
    return found


spans = st.lists(
    st.builds(span, st.sampled_from(NAMES), st.none() | st.integers(0, 20), st.integers(0, 8)),
    max_size=9,
)


@given(spans, st.sets(st.sampled_from(NAMES)))
def test_as_by_pairs(given_spans: list[Span], read: set[str]) -> None:
    assert overlapping(given_spans, read) == by_pairs(given_spans, read)


def test_two_parts_of_one_file_do_not_meet_each_other() -> None:
    assert overlapping([span("a", 0, 5), span("a", 3, 5)], {"a"}) == set()


def test_an_unknown_first_instant_may_be_any() -> None:
    assert overlapping([span("a", 0, 1), span("b", None, 0)], {"a"}) == {"a", "b"}
