-- Grain: one row per recent local day and rate that is unusual for the participant, the newest first. The rate is
-- compared to those of the days before: its distance from their median is more than a multiple of their median
-- distance from it, and more than the least distance that counts.
with history as (
    select max(day) as last_day
    from marts.heart_rate_day
    where participant_id = %(participant)s
),

rates as (
    select
        days.day,
        rates.rate,
        rates.bpm
    from history
    inner join marts.heart_rate_day as days
        on
            days.participant_id = %(participant)s
            and days.day > history.last_day - %(recent_days)s - %(usual_days)s
    cross join
        lateral (
            values
            ('resting', case when days.night_minutes >= %(night_minutes)s then days.resting_bpm end),
            ('night', case when days.night_minutes >= %(night_minutes)s then days.night_mean_bpm end),
            ('mean of the day', case when days.is_valid_day then days.mean_bpm end)
        ) as rates (rate, bpm)
    where rates.bpm is not null
),

compared as (
    select
        this.day,
        this.rate,
        this.bpm,
        before.median,
        greatest(%(usual_spreads)s * spread.median_distance, %(usual_bpm)s) as distance
    from history
    inner join rates as this
        on this.day > history.last_day - %(recent_days)s
    cross join
        lateral (
            select
                count(*) as days,
                percentile_cont(0.5) within group (order by rates.bpm) as median,
                array_agg(rates.bpm) as rates
            from rates
            where
                rates.rate = this.rate
                and rates.day between this.day - %(usual_days)s and this.day - 1
        ) as before
    cross join
        lateral (
            select
                percentile_cont(0.5) within group (order by abs(bpm - before.median))
                    as median_distance
            from unnest(before.rates) as earlier (bpm)
        ) as spread
    where before.days >= %(usual_least)s
)

select
    day,
    rate,
    bpm,
    median,
    distance
from compared
where abs(bpm - median) > distance
order by day desc, rate asc
