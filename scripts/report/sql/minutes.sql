-- Grain: one row per minute of the last valid day (or the last day if none is valid), in local time.
with last_day as (
    select day
    from marts.heart_rate_day
    where participant_id = %(participant)s
    order by is_valid_day desc, day desc
    limit 1
)

select
    minutes.minute at time zone %(time_zone)s as minute,
    minutes.mean_bpm,
    minutes.min_bpm,
    minutes.max_bpm
from last_day
cross join
    lateral (
        select
            minute,
            mean_bpm,
            min_bpm,
            max_bpm
        from marts.heart_rate_minute
        where
            participant_id = %(participant)s
            and minute >= last_day.day::timestamp at time zone %(time_zone)s
            and minute < (last_day.day + 1)::timestamp at time zone %(time_zone)s
    ) as minutes
order by minutes.minute
