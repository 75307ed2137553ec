-- Grain: one row per participant with a reading that counts.

{{
    config(
        unique_key=['participant_id'],
        touched=buckets('participants'),
        touched_rows='target.participant_id = touched.participant_id'
    )
}}

with days as (
    select * from {{ ref('heart_rate_day') }}
),

gaps as (
    select * from {{ ref('heart_rate_gap') }}
),

readings {{ as_not_materialized() }} (
    select * from {{ ref('heart_rate') }}
    where {{ above_floor('timestamp') }}
),

-- Retention may have dropped the first readings, or all of a participant.
built as (
    {{ coverage_before_floor() }}
),

arrivals as (
    select * from {{ source('ingest', 'arrivals') }}
),

{% if is_incremental() %}
    touched_days as (
        select * from {{ source('staging', 'touched_days') }}
    ),

{% endif %}
by_day as (
    select
        participant_id,
        count(*) as days_with_data,
        count(*) filter (where is_valid_day) as valid_days
    from days
    {% if is_incremental() %}
        where participant_id in (select touched_days.participant_id from touched_days)
    {% endif %}
    group by participant_id
),

by_gap as (
    select
        participant_id,
        max(duration) as longest_gap
    from gaps
    {% if is_incremental() %}
        where participant_id in (select touched_days.participant_id from touched_days)
    {% endif %}
    group by participant_id
),

by_arrival as (
    select
        participant_id,
        max(arrived_at) as latest_arrival,
        sum(rows_late)::bigint as late_readings
    from arrivals
    group by participant_id
)

select -- noqa: ST06
    by_day.participant_id,
    least(earliest.timestamp, built.first_reading) as first_reading,
    coalesce(latest.timestamp, built.last_reading) as last_reading,
    by_day.days_with_data,
    by_day.valid_days,
    by_gap.longest_gap,
    by_arrival.latest_arrival,
    coalesce(by_arrival.late_readings, 0) as late_readings
from by_day
{{ edge_reading('readings', 'by_day', 'earliest') }}
{{ edge_reading('readings', 'by_day', 'latest') }}
left join by_gap
    on by_day.participant_id = by_gap.participant_id
left join by_arrival
    on by_day.participant_id = by_arrival.participant_id
left join built
    on by_day.participant_id = built.participant_id
