-- Grain: one row per participant and UTC hour with a reading that counts.

{{
    config(
        unique_key=['participant_id', 'hour'],
        timestamp_column='hour',
        touched=buckets('utc days'),
        touched_rows='target.participant_id = touched.participant_id'
        ~ ' and ' ~ utc_day('target.hour') ~ ' = touched.day_start',
        partition_date='date(hour)'
    )
}}

with minutes as (
    select * from {{ ref('heart_rate_minute') }}
    where {{ in_touched_days('minute') }}
),

{% if is_incremental() %}
    touched_days as (
        select * from {{ source('staging', 'touched_days') }}
    ),

{% endif %}
hours as (
    select
        minutes.participant_id,
        {{ utc_bucket('hour', 'minutes.minute') }} as hour, -- noqa: RF04
        sum(minutes.readings)::bigint as readings,
        count(*) as minutes_covered,
        {{ exact_sum(rounded('minutes.mean_bpm * 1000000000')) }} as sum_of_billionths,
        {{ exact_sum(rounded('minutes.mean_bpm * 1000000')) }} as sum_of_millionths,
        {{ exact_sum(
            rounded('minutes.mean_bpm * 1000000') ~ ' * ' ~ rounded('minutes.mean_bpm * 1000000')
        ) }}
            as sum_of_squares,
        {{ exact_sum(
            rounded('minutes.mean_bpm * minutes.readings * 1000000000')
        ) }} as sum_of_readings,
        min(minutes.min_bpm) as min_bpm,
        max(minutes.max_bpm) as max_bpm
    from minutes
    {% if is_incremental() %}
        inner join touched_days
            on
                minutes.participant_id = touched_days.participant_id
                and {{ utc_day('minutes.minute') }} = touched_days.day_start
    {% endif %}
    group by 1, 2
)

select
    participant_id,
    hour,
    readings,
    minutes_covered,
    {{ mean_of_billionths('sum_of_billionths', 'minutes_covered') }} as mean_bpm,
    {{ standard_deviation('sum_of_squares', 'sum_of_millionths', 'minutes_covered') }} as sd_bpm,
    {{ mean_of_billionths('sum_of_readings', 'readings') }} as mean_of_readings_bpm,
    min_bpm,
    max_bpm
from hours
