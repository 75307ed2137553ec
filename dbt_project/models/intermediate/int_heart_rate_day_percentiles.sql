-- Grain: one row per participant and local day with a reading that counts.
-- On its own, because it needs the readings, not the minutes: dbt builds both side by side.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day'
    )
}}

with readings as not materialized (
    select * from {{ ref('heart_rate') }}
    where {{ in_touched_days('timestamp', margin='26 hours') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

spans as (
    {{ spans_to_build('readings', 'timestamp') }}
),

days as (
    {{ local_days('spans', 'participants') }}
)

select
    days.participant_id,
    days.day,
    percentiles.bpm[1] as p05_bpm,
    percentiles.bpm[2] as p50_bpm,
    percentiles.bpm[3] as p95_bpm
from days
cross join
    lateral (
        select percentile_cont(array[0.05, 0.5, 0.95]) within group (order by readings.value) as bpm
        from readings
        where
            readings.participant_id = days.participant_id
            and readings.timestamp >= days.day_start
            and readings.timestamp < days.day_end
            and {{ counts_in_marts('readings.confidence') }}
    ) as percentiles
where percentiles.bpm is not null
