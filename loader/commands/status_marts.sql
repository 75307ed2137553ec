-- Grain: one row. The range, and of the last 30 days what the participants' days look like.
with days as (
    select
        participant_id,
        day,
        is_valid_day
    from marts.heart_rate_day
    where
        day > (now() at time zone 'UTC')::date - 30
        and day <= (now() at time zone 'UTC')::date
),

gaps as (
    select distinct
        participant_id,
        (gap_end at time zone 'UTC')::date as day
    from marts.heart_rate_gap
    where gap_end > now() - interval '30 days'
)

select
    (select min(first_reading) from marts.heart_rate_coverage) as first_timestamp,
    (select count(*) * 30 from marts.heart_rate_coverage) as recent_days,
    (select count(*) from days) as recent_days_with_data,
    (select count(*) from days where not is_valid_day) as recent_days_not_valid,
    (select count(*) from gaps) as recent_days_with_gaps
