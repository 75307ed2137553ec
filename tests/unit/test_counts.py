"""Every row read is accounted for, or the run fails."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import BrokenInvariantError, ExitCode
from loader.ledger.row_counts import Counts

number = st.integers(0, 10**12)
PARTS = ("new", "late", "corrected", "unchanged", "duplicate", "rejected")


@given(number, number, number, number, number, number, number)
def test_the_merge_completes_the_account(
    new: int, late: int, corrected: int, equal: int, untouched: int, duplicate: int, rejected: int
) -> None:
    staged = new + late + corrected + equal
    counts = Counts(
        read=staged + untouched + duplicate + rejected,
        staged=staged,
        unchanged=untouched,
        duplicate=duplicate,
        rejected=rejected,
    )
    counts.record_merge(new, late, corrected)
    counts.check()
    assert (counts.new, counts.late, counts.corrected) == (new, late, corrected)
    assert counts.unchanged == untouched + equal


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("difference", [-1, 1])
def test_one_row_too_few_or_too_many_is_a_bug(part: str, difference: int) -> None:
    counts = Counts(
        read=21, staged=6, new=1, late=2, corrected=3, unchanged=4, duplicate=5, rejected=6
    )
    counts.check()
    wrong = replace(counts, **{part: getattr(counts, part) + difference})
    with pytest.raises(BrokenInvariantError, match=r"21 rows were read but 2[02] are") as raised:
        wrong.check()
    assert raised.value.exit_code is ExitCode.BUG


def test_a_merge_that_claims_more_than_was_staged_is_a_bug() -> None:
    counts = Counts(read=5, staged=5)
    counts.record_merge(new=6, late=0, corrected=0)
    with pytest.raises(BrokenInvariantError):
        counts.check()


def test_nothing_read_is_in_order() -> None:
    Counts().check()
