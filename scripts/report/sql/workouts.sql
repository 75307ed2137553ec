-- Grain: one row per likely workout of the recent days, the newest first: a stretch of minutes in the zone moderate
-- or higher, with short pauses. Its start is in the participant's local time.
with days as (
    select
        day,
        moderate_from_bpm,
        vigorous_from_bpm,
        peak_from_bpm
    from marts.heart_rate_day
    where
        participant_id = %(participant)s
        and zone_source is not null
        and day > (
            select max(day) - %(recent_days)s
            from marts.heart_rate_day
            where participant_id = %(participant)s
        )
),

minutes as (
    select
        minutes.minute,
        minutes.mean_bpm,
        minutes.mean_bpm >= days.vigorous_from_bpm and minutes.mean_bpm < days.peak_from_bpm
            as is_vigorous,
        minutes.mean_bpm >= days.peak_from_bpm as is_peak,
        minutes.minute - lag(minutes.minute) over (order by minutes.minute)
        <= make_interval(mins => %(workout_pause)s + 1) as continues
    from days
    inner join marts.heart_rate_minute as minutes
        on
            minutes.participant_id = %(participant)s
            and days.day::timestamp at time zone %(time_zone)s <= minutes.minute
            and (days.day + 1)::timestamp at time zone %(time_zone)s > minutes.minute
            and days.moderate_from_bpm <= minutes.mean_bpm
),

stretches as (
    select
        minute,
        mean_bpm,
        is_vigorous,
        is_peak,
        count(*) filter (where continues is not true) over (order by minute) as stretch
    from minutes
)

select
    min(minute) at time zone %(time_zone)s as began_at,
    (extract(epoch from max(minute) - min(minute)) / 60)::integer + 1 as minutes,
    avg(mean_bpm) as mean_bpm,
    max(mean_bpm) as highest_bpm,
    count(*) filter (where is_vigorous) as minutes_vigorous,
    count(*) filter (where is_peak) as minutes_peak
from stretches
group by stretch
having
    max(minute) - min(minute) >= make_interval(mins => %(workout_minutes)s - 1)
    and count(*) filter (where is_vigorous or is_peak) >= %(workout_high_minutes)s
order by min(minute) desc
