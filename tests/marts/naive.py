"""Columns of the marts that must be exact, computed straight from the readings, at any cost.

``tests/marts/independent.py`` computes the others, with NumPy.
"""

from typing import NamedTuple


class Naive(NamedTuple):
    """Columns of a mart, and a query that gives their rows in the order of its key."""

    columns: str
    query: str


_COUNTED = """
    readings as (
        select
            heart_rate.participant_id,
            heart_rate.timestamp,
            heart_rate.value,
            (heart_rate.timestamp at time zone coalesce(time_zone, 'UTC'))::date as day
        from heart_rate
        left join marts.participants using (participant_id)
        where confidence is distinct from 0
    )
"""

_MEAN = "sum((value * 1000000000)::bigint)::float8 / count(*) / 1000000000"

_BUCKET = """
    with {counted}

    select
        participant_id,
        date_trunc('{unit}', timestamp, 'UTC'),
        count(*),
        {mean},
        min(value),
        max(value)
    from readings
    group by 1, 2
    order by 1, 2
"""

_DAY = """
    with {counted},

    minutes as (
        select participant_id, day, date_trunc('minute', timestamp) as minute, {mean} as bpm
        from readings
        group by 1, 2, 3
    ),

    half_hours as (
        select
            ends.participant_id,
            ends.day,
            ends.minute - interval '29 minutes' as start,
            sum((within.bpm * 1000000000)::bigint)::float8 / 30 / 1000000000 as bpm
        from minutes as ends
        join minutes as within
            on within.participant_id = ends.participant_id
            and within.day = ends.day
            and within.minute between ends.minute - interval '29 minutes' and ends.minute
        group by ends.participant_id, ends.day, ends.minute
        having count(*) = 30
    ),

    resting as (
        select distinct on (participant_id, day) participant_id, day, start, bpm
        from half_hours
        order by participant_id, day, bpm, start
    )

    select
        participant_id,
        day,
        count(*),
        count(distinct date_trunc('minute', timestamp)),
        count(distinct date_trunc('minute', timestamp)) / 60::float8,
        min(value),
        max(value),
        {mean},
        (select bpm from resting as h where (h.participant_id, h.day) = (r.participant_id, r.day)),
        (select start from resting as h
            where (h.participant_id, h.day) = (r.participant_id, r.day)),
        count(distinct date_trunc('minute', timestamp)) >= 600
    from readings as r
    group by 1, 2
    order by 1, 2
"""

_GAP = """
    with {counted},

    followed as (
        select
            participant_id,
            timestamp,
            lead(timestamp) over (partition by participant_id order by timestamp) as next_timestamp
        from readings
    )

    select participant_id, timestamp, next_timestamp, next_timestamp - timestamp
    from followed
    where next_timestamp - timestamp > interval '10 minutes'
    order by 1, 2
"""

NAIVE = {
    "marts.heart_rate_minute": Naive(
        "participant_id, minute, readings, mean_bpm, min_bpm, max_bpm",
        _BUCKET.format(counted=_COUNTED, mean=_MEAN, unit="minute"),
    ),
    "marts.heart_rate_hour": Naive(
        "participant_id, hour, readings, mean_of_readings_bpm, min_bpm, max_bpm",
        _BUCKET.format(counted=_COUNTED, mean=_MEAN, unit="hour"),
    ),
    "marts.heart_rate_day": Naive(
        "participant_id, day, readings, minutes_covered, hours_worn, min_bpm, max_bpm,"
        " mean_of_readings_bpm, resting_bpm, resting_start, is_valid_day",
        _DAY.format(counted=_COUNTED, mean=_MEAN),
    ),
    "marts.heart_rate_gap": Naive(
        "participant_id, gap_start, gap_end, duration", _GAP.format(counted=_COUNTED)
    ),
}
