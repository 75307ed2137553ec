"""Fitabase's file of one participant: ``Time,Value``; the file's name says who and what.

``P007_heartrate_1min_20171001_20171007.csv``: Fitabase exports each quantity of a participant to a
file of its own. Files of other quantities may have the same columns, so only the name tells them
apart. It also says ``seconds``, or over how many seconds or minutes the values are means.
"""

import re

from loader.readers import fitabase
from loader.readers.base import Layout, Reader, claims_header
from loader.readers.folder_format import FolderFormat

NAME = re.compile(
    r"(?P<participant>[^/]+?)_heartrate_(?:seconds|\d+ ?(?:s|secs?|seconds?|min|minutes?))"
    r"_\d{8}_\d{8}(?![0-9A-Za-z])[^/]*",
    re.IGNORECASE,
)
"""``ID_heartrate_STEP_FROM_TO.csv``, also of a second download or a compressed one."""

_claims_header = claims_header(("time",), ("value",))


def participant_in_name(name: str) -> str | None:
    """The participant in the name of a file of heart rates; None for any other name."""
    found = NAME.fullmatch(name.rsplit("/", 1)[-1])
    return (found["participant"].strip() or None) if found else None


def _claims(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    if participant_in_name(name) is None or fitabase.READER.claim(head, name):
        return None
    return _claims_header(reader, head, name, settings)


READER = Reader(
    name="fitabase single",
    rank=190,
    expected="Time,Value in ID_heartrate_1min_20240101_20240107.csv (Fitabase)",
    times="local",
    lines=True,
    claims=_claims,
    relation="fitabase_single",
    participant_in_name=participant_in_name,
    date_column=1,
)
