"""A CSV file of another program with a column of participants, which a ``format.yml`` names.

Its times are instants; see ``generic_csv.py``.
"""

from loader.readers.base import Reader
from loader.readers.generic_csv import claims_times

READER = Reader(
    name="csv with instants of participants",
    rank=55,
    expected="any columns that format.yml names, one of participants, with instants (CSV)",
    times="UTC",
    lines=True,
    claims=claims_times,
    relation="csv_instants",
    names_participants=True,
    is_generic=True,
)
