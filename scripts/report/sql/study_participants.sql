-- Grain: one row per participant. The days since the last reading are counted from the latest day on
-- which any participant has one.
with yields as (
    select
        participant_id,
        min(day) as first_day,
        max(day) as last_day,
        count(*) as days,
        count(*) filter (where is_valid_day) as valid_days,
        avg(minute_yield) as minute_yield,
        avg(hour_yield) as hour_yield,
        max(day) filter (where minutes_covered > 0) as last_day_with_readings
    from marts.heart_rate_yield
    group by participant_id
)

select
    yields.participant_id,
    yields.first_day,
    yields.last_day,
    yields.days,
    yields.valid_days,
    yields.minute_yield,
    yields.hour_yield,
    max(yields.last_day_with_readings) over () - yields.last_day_with_readings
        as days_since_last_reading,
    coverage.late_readings
from yields
inner join marts.heart_rate_coverage as coverage
    on yields.participant_id = coverage.participant_id
order by yields.participant_id
