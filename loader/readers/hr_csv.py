"""``hr.csv``: ``timestamp,value`` (or ``timestamp,heart_rate``); naive timestamps are in UTC."""

from loader.readers.base import Layout, Reader, claims_header
from loader.readers.folder_format import FolderFormat
from loader.readers.generic_csv import LOCAL_OR_INSTANT, claims_own_times
from loader.readers.quantity_in_name import other_quantity, own_name, resting_rate

_claims_value = claims_header(("timestamp",), ("value",))
_claims_heart_rate = claims_header(("timestamp",), ("heart_rate", "heart rate", "heart-rate"))


def _claims(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    """Claim a file by its header; its name says if a column ``value`` has another quantity."""
    if resting_rate(name):
        return None
    is_other = other_quantity(own_name(name)) is not None
    of_values = None if is_other else _claims_value(reader, head, name, settings)
    return of_values or _claims_heart_rate(reader, head, name, settings)


READER = Reader(
    name="hr.csv",
    rank=100,
    expected="timestamp,value (or timestamp,heart_rate)",
    times="UTC",
    lines=True,
    typed=True,
    claims=claims_own_times(_claims, own=LOCAL_OR_INSTANT),
    relation="hr_csv",
    may_be_empty=False,
)
