"""Takeout's CSV, ``heart_rate_YYYY-MM-DD.csv``: ``timestamp,beats per minute[,data source]``.

Instants are in UTC, with or without the Z (``2024-10-27T00:00:04Z``). The files of resting rates
(``resting_heart_rate_YYYY-MM-DD.csv``, ``daily_resting_heart_rate.csv``) are in the same folder and
have the same header. Their rows look like readings, since 2026 even in their times, so only the
name tells them apart.
"""

from loader.readers.base import Layout, Reader, claims_header
from loader.readers.folder_format import FolderFormat
from loader.readers.quantity_in_name import resting_rate

_claims_header = claims_header(("timestamp",), ("beats per minute",), ("data source", ""))


def _claims(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    if resting_rate(name):
        return None
    return _claims_header(reader, head, name, settings)


READER = Reader(
    name="takeout csv",
    rank=400,
    expected="timestamp,beats per minute[,data source] (Takeout)",
    times="UTC",
    lines=True,
    claims=_claims,
    relation="takeout_csv",
    names_devices=True,
)
