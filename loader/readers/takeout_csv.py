"""Takeout's CSV, ``heart_rate_YYYY-MM-DD.csv``: ``timestamp,beats per minute[,data source]``.

Instants are in UTC, with or without the Z (``2024-10-27T00:00:04Z``). The files of resting rates
(``resting_heart_rate_YYYY-MM-DD.csv``, ``daily_resting_heart_rate.csv``) are in the same folder and
have the same header. Their rows look like readings, since 2026 even in their times, so only the
name tells them apart.
"""

import re

from loader.readers.base import Layout, Reader, claims_header
from loader.readers.folder_format import FolderFormat

RESTING_RATE = re.compile(r"resting[ _-]*heart[ _-]*rate", re.IGNORECASE)
"""In the name of a file with resting rates, also of a second download or a compressed one."""


_claims_header = claims_header(("timestamp",), ("beats per minute",), ("data source", ""))


def _claims(reader: Reader, head: bytes, name: str, settings: FolderFormat) -> Layout | None:
    if RESTING_RATE.search(name.rsplit("/", 1)[-1]):
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
