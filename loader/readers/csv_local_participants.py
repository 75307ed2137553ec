"""A CSV file of another program with a column of participants, which a ``format.yml`` names.

Its times are local times; see ``generic_csv.py``.
"""

from loader.readers.base import Reader
from loader.readers.generic_csv import claims_times

READER = Reader(
    name="csv with local times of participants",
    rank=45,
    expected="any columns that format.yml names, one of participants, with local times (CSV)",
    times="local",
    lines=True,
    claims=claims_times,
    relation="csv_local",
    names_participants=True,
    is_generic=True,
)
