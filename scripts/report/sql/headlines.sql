-- Grain: one row per period of calendar days: the last one of the history (now), the one before it, and the same
-- days a year before the last one. The calendar days of a period begin with the history.
with history as (
    select
        min(day) as first_day,
        max(day) as last_day
    from marts.heart_rate_day
    where participant_id = %(participant)s
),

ends as (
    select
        ends.period,
        ends.period_end,
        history.first_day
    from history
    cross join
        lateral (
            values
            ('now', history.last_day),
            ('before', history.last_day - %(period_days)s),
            ('a year earlier', (history.last_day - interval '1 year')::date)
        ) as ends (period, period_end)
),

periods as (
    select
        period,
        period_end,
        period_end - %(period_days)s + 1 as period_start,
        period_end - greatest(period_end - %(period_days)s + 1, first_day) + 1 as calendar_days
    from ends
),

days as (
    select
        day,
        hours_worn,
        resting_bpm,
        night_mean_bpm,
        minutes_moderate,
        minutes_vigorous,
        minutes_peak,
        night_minutes >= %(night_minutes)s as is_worn_night,
        is_valid_day and zone_source is not null as has_zones
    from marts.heart_rate_day
    where participant_id = %(participant)s
)

select
    periods.period,
    periods.period_start,
    periods.period_end,
    greatest(periods.calendar_days, 0) as calendar_days,
    sum(days.hours_worn) / nullif(greatest(periods.calendar_days, 0), 0) as hours_worn,
    count(days.resting_bpm) filter (where days.is_worn_night) as resting_nights,
    avg(days.resting_bpm) filter (where days.is_worn_night) as resting_bpm,
    count(days.night_mean_bpm) filter (where days.is_worn_night) as nights,
    avg(days.night_mean_bpm) filter (where days.is_worn_night) as night_bpm,
    count(*) filter (where days.has_zones) as zone_days,
    avg(days.minutes_moderate) filter (where days.has_zones)::double precision as minutes_moderate,
    avg(days.minutes_vigorous) filter (where days.has_zones)::double precision as minutes_vigorous,
    avg(days.minutes_peak) filter (where days.has_zones)::double precision as minutes_peak
from periods
left join days
    on days.day between periods.period_start and periods.period_end
group by periods.period, periods.period_start, periods.period_end, periods.calendar_days
