-- Grain: one row per participant, also one whose enrolment has no day yet. The days since the last reading
-- are counted from the latest day on which any participant has one.
with yields as (
    select
        participant_id,
        min(day) as first_day,
        max(day) as last_day,
        count(*) as days,
        count(*) filter (where is_valid_day) as valid_days,
        count(distinct date_trunc('week', day::timestamp)) as weeks,
        avg(minute_yield) as minute_yield,
        avg(hour_yield) as hour_yield,
        max(day) filter (where minutes_covered > 0) as last_day_with_readings
    from marts.heart_rate_yield
    group by participant_id
)

select
    coverage.participant_id,
    yields.first_day,
    yields.last_day,
    coalesce(yields.days, 0) as days,
    coalesce(yields.valid_days, 0) as valid_days,
    coalesce(yields.weeks, 0) as weeks,
    yields.minute_yield,
    yields.hour_yield,
    coverage.late_readings,
    max(yields.last_day_with_readings) over () as latest_day_with_readings,
    max(yields.last_day_with_readings) over () - yields.last_day_with_readings
        as days_since_last_reading
from marts.heart_rate_coverage as coverage
left join yields
    on coverage.participant_id = yields.participant_id
order by coverage.participant_id
