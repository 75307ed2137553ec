"""The CSV of the Google Health API's command line tool: ``time,beatsPerMinute[,source]``.

Times are instants, with Z or an offset (``2026-03-29T16:34:07+01:00``).
"""

from loader.readers.base import Reader, claims_header
from loader.readers.generic_csv import INSTANT, claims_own_times

READER = Reader(
    name="google health csv",
    rank=340,
    expected="time,beatsPerMinute[,source] (Google Health API)",
    times="UTC",
    lines=True,
    claims=claims_own_times(
        claims_header(("time",), ("beatsperminute",), ("source", "")), own=INSTANT
    ),
    relation="google_health_csv",
    names_devices=True,
)
