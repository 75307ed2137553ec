-- Grain: one row per participant, criterion of a valid day and number of hours.

{{ config(materialized='view') }}

with yields as (
    select * from {{ ref('heart_rate_yield') }}
),

judged as (
    select
        yields.participant_id,
        yields.day,
        criteria.criterion,
        criteria.threshold as hours,
        criteria.minutes_found >= criteria.threshold * 60 as is_valid
    from yields
    {{ each_criterion(
        {'hours worn': 'yields.minutes_covered', 'complete hours in a row': 'yields.complete_hours_in_a_row * 60'},
        [8, 10, 12, 16, 20]
    ) | indent(4) }}
),

weeks as (
    select
        participant_id,
        criterion,
        hours,
        date_trunc('week', day::timestamp) as week_start,
        count(*) as days,
        count(*) filter (where is_valid) as valid_days
    from judged
    group by 1, 2, 3, 4
)

select
    participant_id,
    criterion,
    hours,
    sum(days)::bigint as days,
    sum(valid_days)::bigint as valid_days,
    count(*) filter (where valid_days >= {{ var('valid_week_days') }}) as valid_weeks
from weeks
group by 1, 2, 3
