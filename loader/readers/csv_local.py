"""A CSV file of another program whose times are local times; see ``generic_csv.py``."""

from loader.readers.base import Reader
from loader.readers.generic_csv import claims_times

READER = Reader(
    name="csv with local times",
    rank=40,
    expected="datetime,bpm or the like, with local times (CSV)",
    times="local",
    lines=True,
    claims=claims_times,
    relation="csv_local",
    is_generic=True,
)
