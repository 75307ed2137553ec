"""Takeout's CSV, ``heart_rate_YYYY-MM-DD.csv``: ``timestamp,beats per minute[,data source]``.

Instants are UTC and say so (``2024-10-27T00:00:04Z``); one without a zone is taken for UTC too.
The resting rate lies next to it with the same header (``resting_heart_rate_YYYY-MM-DD.csv``,
``daily_resting_heart_rate.csv``). Its rows can't be told from readings, since 2026 not even by
their times; its name can.
"""

import re

from loader.readers.base import Layout, Reader, claims_header

RESTING_RATE = re.compile(r"resting[ _-]*heart[ _-]*rate", re.IGNORECASE)
"""What the name of a file with resting rates holds, also of one downloaded twice or packed."""


_claims_header = claims_header(("timestamp",), ("beats per minute",), ("data source", ""))


def _claims(reader: Reader, head: bytes, name: str) -> Layout | None:
    if RESTING_RATE.search(name.rsplit("/", 1)[-1]):
        return None
    return _claims_header(reader, head, name)


READER = Reader(
    name="takeout csv",
    rank=400,
    expected="timestamp,beats per minute[,data source] (Takeout)",
    times="UTC",
    lines=True,
    claims=_claims,
    relation="takeout_csv",
)
