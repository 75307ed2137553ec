"""Archived answers of the Web API's intraday series: one local day, the wearer's wall clock.

``{"activities-heart": [{"dateTime": "2019-05-18", …}], "activities-heart-intraday": {"dataset":
[{"time": "00:00:05", "value": 64}, …]}}``
(https://dev.fitbit.com/build/reference/web-api/intraday/get-heartrate-intraday-by-date/).
A series over midnight names its first day only: a step back of over 12 hours begins the next day.
"""

import re

from loader.readers.base import Layout, Reader

MACROS = """
create macro intraday_rows(snapshots) as table (
    select
        file_name,
        entry."time" as time_text,
        entry."value" as value_text,
        position,
        first_day + try_cast(entry."time" as time) as first_day_clock
    from (
        select
            parse_filename(filename, true) as file_name,
            try_cast("activities-heart"[1]."dateTime"[1:10] as date) as first_day,
            unnest("activities-heart-intraday".dataset) as entry,
            generate_subscripts("activities-heart-intraday".dataset, 1) as position
        from read_json(
            snapshots,
            filename = true,
            format = 'unstructured',
            columns = {
                'activities-heart': 'STRUCT("dateTime" VARCHAR)[]',
                'activities-heart-intraday':
                    'STRUCT(dataset STRUCT("time" VARCHAR, "value" VARCHAR)[])'
            }
        )
    )
);

create macro intraday_clocks(snapshots) as table (
    select
        file_name,
        time_text,
        value_text,
        position,
        of_our_time(
            first_day_clock
            + to_days(
                (count(*) filter (where previous_clock - first_day_clock > interval 12 hours)
                over (partition by file_name order by position))::integer
            )
        ) as clock
    from (
        select
            *,
            lag(first_day_clock ignore nulls)
            over (partition by file_name order by position) as previous_clock
        from intraday_rows(snapshots)
    )
);

create macro intraday_json(snapshots, delimiter, column_count) as table (
    select
        file_name,
        null as participant_id,
        clock as timestamp,
        number(value_text) as value,
        null as confidence,
        true as fits
    from intraday_clocks(snapshots)
    order by file_name::integer, position
);

create macro intraday_json_rejected(snapshots, delimiter, column_count) as table (
    select
        position as row_number,
        {'time': time_text, 'value': value_text}::json::varchar as raw,
        complaint(time_text, clock, value_text, number(value_text)) as reason
    from intraday_clocks(snapshots)
);
"""


def _claims(reader: Reader, head: bytes) -> Layout | None:
    starts = re.match(rb"(\xef\xbb\xbf)?\s*\{", head) is not None
    named = re.search(rb'"activities-heart"\s*:', head) and b'"activities-heart-intraday"' in head
    return Layout(reader) if starts and named else None


READER = Reader(
    name="intraday json",
    rank=300,
    expected='{"activities-heart": …, "activities-heart-intraday": …} (Web API)',
    times="local",
    lines=False,
    claims=_claims,
    relation="intraday_json",
    macros=MACROS,
    row_marker=b'"time"',
)
