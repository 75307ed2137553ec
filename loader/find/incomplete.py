"""Find answers of which pages are missing."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

from loader.errors import IncompleteError
from loader.ledger.known_files import KnownFile

ENDING = re.compile(r"(\.json)?(\.(gz|bz2|xz))?$", re.IGNORECASE)

PART = re.compile(r"(?P<number>[0-9]+)|[^\W\d_]+")
"""A number or a word in the name of a page."""

Order = tuple[tuple[bool, int, str], ...]
"""The parts of a name: is it a word, the number, the word."""


def incomplete_answers(
    files: Iterable[KnownFile], without_readings: Collection[str] = ()
) -> list[IncompleteError]:
    """One error for each folder in which the last page names a next page that isn't there.

    A page names the next one by a token that occurs nowhere in that page, so only the last file of
    a folder, by its name, is certain to lack one.

    Args:
        files: the files that are there.
        without_readings: the names of files that were refused, and of those without data points
            (``{}``), of which an answer may have one as its last page.
    """
    answers: dict[tuple[str, str], list[KnownFile]] = defaultdict(list)
    for file in files:
        answers[_folder(file.name), file.format].append(file)
    # Only these are ordered: that takes longer than all else, and most folders hold no answers.
    last = [
        max(pages, key=lambda file: (_order(file.name), file.name))
        for pages in answers.values()
        if any(file.continues for file in pages)
    ]
    continued = [file for file in last if file.continues]
    return [
        IncompleteError(
            f"{file.name} is not the last page of its answer (it has a nextPageToken), and no page "
            "follows it in its folder; what was read is loaded",
            "fetch the following pages into its folder, or the whole answer again",
        )
        for file in continued
        if not any(_follows(name, file.name) for name in without_readings)
    ]


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
