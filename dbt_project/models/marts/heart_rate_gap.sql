-- Grain: one row per participant and stretch without a reading that counts.

{{
    config(
        unique_key=['participant_id', 'gap_start'],
        touched=buckets('utc days'),
        touched_rows='target.participant_id = touched.participant_id'
        ~ ' and target.gap_end >= touched.day_start and target.gap_start < touched.day_end',
        partition_date="date(date_trunc('month', gap_start))"
    )
}}

{%- do refuse_unusable_gap() %}

with minutes {{ as_not_materialized() }} (
    select * from {{ ref('heart_rate_minute') }}
),

readings {{ as_not_materialized() }} (
    select
        participant_id,
        timestamp,
        confidence{{ and_part() }}
    from {{ ref('heart_rate') }}
    where {{ above_floor('timestamp') }}
    {% if is_incremental() and retention_floor('highest_floor') %}
        -- Where a gap begins whose first reading is gone.
        union all
        select
            participant_id,
            gap_start,
            null as confidence
        from {{ this }}
        where gap_start < {{ retention_floor('highest_floor') }}
    {% endif %}
),

{% if is_incremental() %}
    touched_days as (
        select * from {{ source('staging', 'touched_days') }}
    ),

    -- A touched day can open, move or close the gaps up to the covered minute on either side of it.
    reach as (
        {{ reach_of_touched_days('touched_days', 'minutes') | indent(8) }}
    ),

    covered as (
        select distinct
            reach.participant_id,
            reach.reach_start,
            in_reach.minute
        from reach
        {{ minutes_in_reach('minutes', 'reach') | indent(8) }}
    ),
{% else %}
    covered as (
        select
            participant_id,
            null::{{ type_name('timestamptz') }} as reach_start,
            minute
        from minutes
    ),
{% endif %}

followed as (
    select
        participant_id,
        reach_start,
        minute,
        lead(minute) over by_minute as next_minute,
        row_number() over by_minute as minute_number
    from covered
    window by_minute as (partition by participant_id, reach_start order by minute)
),

-- The gaps of 300 covered minutes at a time: a look into heart_rate goes through the list of its chunks and
-- costs as much as hundreds of readings (docs/decisions/0024). A gap of two minutes or more holds a whole
-- minute, so none can hide between neighbouring minutes.
stretches as (
    {{ stretches_with_gaps('followed') }}
),

-- Distinct, because the gap between two touched days is in the reach of both.
recomputed as (
    select distinct
        stretches.participant_id,
        neighbours.gap_start,
        neighbours.gap_end,
        neighbours.gap_end - neighbours.gap_start as duration
    from stretches
    {{ neighbouring_readings('readings', 'stretches') | indent(4) }}
    where
        neighbours.gap_end - neighbours.gap_start
        > interval '{{ var("gap_minutes") }} minutes'
)

select
    participant_id,
    gap_start,
    gap_end,
    duration
from recomputed
{{ and_rows_below_floor(
    'recomputed',
    ['participant_id', 'gap_start', 'gap_end', 'duration'],
    ['participant_id', 'gap_start'],
    'gap_start'
) }}
