-- Grain: one row per participant and local day with a reading that has a confidence.
-- On its own, because it needs the readings, not the minutes: dbt builds both side by side.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days of readings'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day',
        partition_date="date(date_trunc('month', day))"
    )
}}

with readings {{ as_not_materialized() }} (
    {{ with_local_day(ref('heart_rate'), 'timestamp') }}
    where {{ in_touched_days('timestamp', margin='26 hours') }} and {{ above_floor('timestamp') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

spans as (
    {{ spans_to_build('readings', 'timestamp') }}
),

days as (
    {{ local_days('spans', 'participants') }}
),

-- A day at a time: memory does not grow with the history.
recomputed as (
    select
        days.participant_id,
        days.day,
        of_day.with_confidence,
        of_day.without_signal
    from days
    cross join
        lateral (
            select
                count(*) as with_confidence,
                count(*) filter (where readings.confidence = 0) as without_signal
            from readings
            where
                readings.participant_id = days.participant_id
                and {{ in_local_day('readings.timestamp', 'days') | indent(16) }}
                and readings.confidence is not null
        ) as of_day
    where of_day.with_confidence > 0 and {{ above_floor('days.day_start') }}
)

select
    participant_id,
    day,
    with_confidence,
    without_signal
from recomputed
{{ and_rows_below_floor(
    'recomputed',
    ['participant_id', 'day', 'with_confidence', 'without_signal'],
    ['participant_id', 'day'],
    'day',
    reach='1 day'
) }}
