"""A CSV file of another program whose times are instants; see ``generic_csv.py``."""

from loader.readers.base import Reader
from loader.readers.generic_csv import claims_times

READER = Reader(
    name="csv with instants",
    rank=50,
    expected="datetime,bpm or the like, with Z, an offset or seconds since 1970 (CSV)",
    times="UTC",
    lines=True,
    claims=claims_times,
    relation="csv_instants",
    is_generic=True,
)
