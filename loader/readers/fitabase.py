"""Fitabase's ``heartrate_seconds_merged.csv``: ``Id,Time,Value``, many participants in one file.

``4/12/2016 7:21:00 AM`` is the study's local time, in a zone that the file doesn't name. A file
that a program has saved again has ``2016-04-12 07:21:00``, still in local time.
"""

from loader.readers.base import Reader, claims_header

READER = Reader(
    name="fitabase",
    rank=200,
    expected="Id,Time,Value (Fitabase)",
    times="local",
    lines=True,
    claims=claims_header(("id",), ("time",), ("value",)),
    relation="fitabase",
    names_participants=True,
    date_column=2,
)
