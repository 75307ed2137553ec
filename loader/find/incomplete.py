"""Find answers with missing pages."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from loader.errors import IncompleteError
from loader.ledger.known_files import KnownFile

ENDING = re.compile(r"(\.json)?(\.(gz|bz2|xz))?$", re.IGNORECASE)

PART = re.compile(r"(?P<number>[0-9]+)|[^\W\d_]+")
"""A number or a word in the name of a page."""

FETCH = "fetch the following pages into its folder, or the whole answer again"

Order = tuple[tuple[bool, int, str], ...]
"""The parts of a name: is it a word, the number, the word."""


def incomplete_answers(
    files: Iterable[KnownFile], without_readings: Collection[str] = ()
) -> list[IncompleteError]:
    """One error for each folder in which the last page names a next page that isn't there, and for
    each missing number between pages.

    A page names the next one by a token that occurs nowhere in that page. So only the last file of
    a folder, by its name, is certain to lack one, and a page whose successor has a number too high.

    Args:
        files: the files that are there.
        without_readings: the names of files that were refused, and of those without data points
            (``{}``), which may be the last page of an answer.
    """
    answers: dict[tuple[str, str], list[KnownFile]] = defaultdict(list)
    for file in files:
        answers[_folder(file.name), file.format].append(file)
    found = []
    for pages in answers.values():
        # Only these are ordered: that takes longer than all else, and most folders hold no answers.
        if any(file.continues for file in pages):
            found += _without_last_page(pages, without_readings)
            found += _with_gaps(pages, without_readings)
    return found


def _without_last_page(
    pages: Sequence[KnownFile], without_readings: Collection[str]
) -> list[IncompleteError]:
    last = max(pages, key=lambda file: (_order(file.name), file.name))
    if not last.continues or any(_follows(name, last.name) for name in without_readings):
        return []
    return [
        IncompleteError(
            f"{last.name} is not the last page of its answer (it has a nextPageToken), and no page "
            "follows it in its folder; what was read is loaded",
            FETCH,
        )
    ]


def _with_gaps(
    pages: Sequence[KnownFile], without_readings: Collection[str]
) -> list[IncompleteError]:
    """Find pages that continue, before a missing number of a folder that counts by one."""
    folder, continues = _folder(pages[0].name), {file.name for file in pages if file.continues}
    others = [name for name in without_readings if _folder(name) == folder]
    names = sorted({*(file.name for file in pages), *others}, key=_order)
    steps = [(one, other, *_step(one, other)) for one, other in pairwise(names)]
    by_one = {series for _, _, series, step in steps if step == 1}
    return [
        IncompleteError(
            f"{one} is followed by {other}: pages between them are missing (it has a "
            "nextPageToken); what was read is loaded",
            FETCH,
        )
        for one, other, series, step in steps
        if step > 1 and series in by_one and one in continues
    ]


def _step(one: str, other: str) -> tuple[Order, int]:
    """What two names have but for their last numbers, and the difference of these numbers.

    The difference is 0 if the names differ in anything else.
    """
    series, number = _numbered(one)
    other_series, other_number = _numbered(other)
    return series, other_number - number if series == other_series else 0


def _numbered(name: str) -> tuple[Order, int]:
    order = _order(name)
    numbers = [place for place, (is_word, _, _) in enumerate(order) if not is_word]
    if not numbers:
        return order, 0
    last = numbers[-1]
    return order[:last] + order[last + 1 :], order[last][1]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _order(name: str) -> Order:
    """The place of a page: ``page.json``, ``page-2.json``, ``page-10.json``."""
    stem = ENDING.sub("", name.rpartition("/")[2], count=1)
    return tuple(
        (not found["number"], int(found["number"] or 0), "" if found["number"] else found[0])
        for found in PART.finditer(stem)
    )


def _follows(name: str, page: str) -> bool:
    """Whether a name differs from that of a page only in its numbers, and is a later one."""
    one, other = _order(page), _order(name)
    words = [[word for *_, word in order if word] for order in (one, other)]
    return _folder(name) == _folder(page) and words[0] == words[1] and other > one
