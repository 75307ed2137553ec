-- Grain: one row per participant and UTC minute with a reading that counts.

{{
    config(
        unique_key=['participant_id', 'minute'],
        timestamp_column='minute',
        touched=buckets('utc days'),
        touched_rows='target.participant_id = touched.participant_id'
        ~ ' and ' ~ utc_day('target.minute') ~ ' = touched.day_start',
        partition_date='date(minute)'
    )
}}

with readings {{ as_not_materialized() }} (
    select * from {{ ref('heart_rate') }}
    where {{ in_touched_days('timestamp') }} and {{ above_floor('timestamp') }}
),

spans as (
    {{ spans_to_build('readings', 'timestamp') }}
),

days as (
    {{ utc_days('spans') }}
),

-- A day at a time: memory does not grow with the history.
recomputed as (
    select
        days.participant_id,
        minutes.minute,
        minutes.readings,
        {{ mean_of_billionths('minutes.sum_of_billionths', 'minutes.readings') }} as mean_bpm,
        minutes.min_bpm,
        minutes.max_bpm
    from days
    cross join lateral (
        select
            {{ utc_bucket('minute', 'readings.timestamp') }} as minute, -- noqa: RF04
            count(*) as readings,
            {{ exact_sum(rounded('readings.value * 1000000000')) }} as sum_of_billionths,
            min(readings.value) as min_bpm,
            max(readings.value) as max_bpm
        from readings
        where
            readings.participant_id = days.participant_id
            and {{ in_utc_day('readings.timestamp', 'days') | indent(12) }}
            and {{ counts_in_marts('readings.confidence') }}
        group by 1
    ) as minutes
)

select
    participant_id,
    minute,
    readings,
    mean_bpm,
    min_bpm,
    max_bpm
from recomputed
{{ and_rows_below_floor(
    'recomputed',
    ['participant_id', 'minute', 'readings', 'mean_bpm', 'min_bpm', 'max_bpm'],
    ['participant_id', 'minute'],
    'minute',
    is_exact=true
) }}
