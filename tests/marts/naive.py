"""The marts as plainly as they can be said, straight from the readings, at any cost."""

_COUNTED = """
    readings as (
        select
            heart_rate.participant_id,
            heart_rate.timestamp,
            heart_rate.value,
            (heart_rate.timestamp at time zone coalesce(time_zone, 'UTC'))::date as day,
            coalesce(birth_year, 1985) as birth_year
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
        select
            participant_id,
            day,
            birth_year,
            date_trunc('minute', timestamp) as minute,
            {mean} as bpm
        from readings
        group by 1, 2, 3, 4
    ),

    half_hours as (
        select
            ends.participant_id,
            ends.day,
            sum((within.bpm * 1000000000)::bigint)::float8 / 30 / 1000000000 as bpm
        from minutes as ends
        join minutes as within
            on within.participant_id = ends.participant_id
            and within.day = ends.day
            and within.minute between ends.minute - interval '29 minutes' and ends.minute
        group by ends.participant_id, ends.day, ends.minute
        having count(*) = 30
    ),

    zones as (
        select
            participant_id,
            day,
            bpm / (220 - (extract(year from day) - birth_year)) as share
        from minutes
    )

    select
        participant_id,
        day,
        count(*),
        count(distinct date_trunc('minute', timestamp)),
        count(distinct date_trunc('minute', timestamp)) / 60::float8,
        min(value),
        {mean},
        max(value),
        percentile_cont(0.05) within group (order by value),
        percentile_cont(0.5) within group (order by value),
        percentile_cont(0.95) within group (order by value),
        (select min(bpm) from half_hours as h
            where (h.participant_id, h.day) = (r.participant_id, r.day)),
        (select count(*) from zones as z where (z.participant_id, z.day) = (r.participant_id, r.day)
            and share < 0.5),
        (select count(*) from zones as z where (z.participant_id, z.day) = (r.participant_id, r.day)
            and share >= 0.5 and share < 0.7),
        (select count(*) from zones as z where (z.participant_id, z.day) = (r.participant_id, r.day)
            and share >= 0.7 and share < 0.85),
        (select count(*) from zones as z where (z.participant_id, z.day) = (r.participant_id, r.day)
            and share >= 0.85),
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
    "marts.heart_rate_minute": _BUCKET.format(counted=_COUNTED, mean=_MEAN, unit="minute"),
    "marts.heart_rate_hour": _BUCKET.format(counted=_COUNTED, mean=_MEAN, unit="hour"),
    "marts.heart_rate_day": _DAY.format(counted=_COUNTED, mean=_MEAN),
    "marts.heart_rate_gap": _GAP.format(counted=_COUNTED),
}
