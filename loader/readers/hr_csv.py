"""``hr.csv``: ``timestamp,value`` (or ``timestamp,heart_rate``); naive timestamps are in UTC."""

from loader.readers.base import Reader, claims_header
from loader.readers.generic_csv import LOCAL_OR_INSTANT, claims_own_times

READER = Reader(
    name="hr.csv",
    rank=100,
    expected="timestamp,value (or timestamp,heart_rate)",
    times="UTC",
    lines=True,
    typed=True,
    claims=claims_own_times(
        claims_header(("timestamp",), ("value", "heart_rate", "heart rate", "heart-rate")),
        own=LOCAL_OR_INSTANT,
    ),
    relation="hr_csv",
    may_be_empty=False,
)
