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

MACROS = """
-- The data source may stand in quotes and hold the delimiter.
create macro takeout_csv_fits(third_field, fourth_field, column_count) as (
    third_field is null
    or (column_count = 3 and (fourth_field is null or trim(third_field) like '"%'))
);

create macro takeout_csv(snapshots, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        utc_instant(first_field) as timestamp,
        number(second_field) as value,
        null as confidence,
        takeout_csv_fits(third_field, fourth_field, column_count) as fits
    from csv_fields(snapshots, delimiter)
);

create macro takeout_csv_rejected(snapshots, delimiter, column_count) as table (
    select
        line_number as row_number,
        line as raw,
        split_part(line, delimiter, 1) as time_text,
        split_part(line, delimiter, 2) as value_text,
        coalesce(
            line_complaint(
                line,
                delimiter,
                2,
                case
                    when column_count = 3 and split_part(line, delimiter, 3) like '"%' then 1000
                    else column_count
                end
            ),
            complaint(time_text, utc_instant(time_text), value_text, number(value_text))
        ) as reason
    from csv_lines(snapshots)
);
"""

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
    macros=MACROS,
)
