"""Find answers of which pages are missing."""

from collections.abc import Iterable

from loader.errors import IncompleteError
from loader.ledger.known_files import KnownFile


def incomplete_answers(files: Iterable[KnownFile]) -> list[IncompleteError]:
    """One error for each folder in which the last page names a next page that isn't there.

    A page names the next one by a token that occurs nowhere in that page, so only the last file of
    a folder, by its name, is certain to lack one.
    """
    last: dict[tuple[str, str], KnownFile] = {}
    for file in sorted(files, key=lambda file: file.name):
        last[file.name.rpartition("/")[0], file.format] = file
    return [
        IncompleteError(
            f"{file.name} is not the last page of its answer (it has a nextPageToken), and no page "
            "follows it in its folder; what was read is loaded",
            "fetch the following pages into its folder, or the whole answer again",
        )
        for file in last.values()
        if file.continues
    ]
