"""Fitabase's ``heartrate_seconds_merged.csv``: ``Id,Time,Value``, many participants in one file.

``4/12/2016 7:21:00 AM`` is the study's local time, in a zone that the file doesn't name. A file
that a program has saved again has ``2016-04-12 07:21:00``, still in local time.
"""

from loader.readers.base import Layout, Reader, claims_header
from loader.readers.folder_format import FolderFormat
from loader.readers.quantity_in_name import other_quantity, own_name

_claims_header = claims_header(("id",), ("time",), ("value",))


def _claims(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    """Claim a file by its header, unless its name says that it has another quantity."""
    is_other = other_quantity(own_name(name)) is not None
    return None if is_other else _claims_header(reader, head, name, settings)


READER = Reader(
    name="fitabase",
    rank=200,
    expected="Id,Time,Value (Fitabase)",
    times="local",
    lines=True,
    claims=_claims,
    relation="fitabase",
    names_participants=True,
    date_column=2,
)
