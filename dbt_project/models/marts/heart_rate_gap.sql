-- Grain: one row per participant and stretch without a reading that counts.

{{
    config(
        unique_key=['participant_id', 'gap_start'],
        touched=buckets('utc days'),
        touched_rows='target.participant_id = touched.participant_id'
        ~ ' and target.gap_end >= touched.day_start and target.gap_start < touched.day_end'
    )
}}

{%- do refuse_unusable_gap() %}

with minutes as not materialized (
    select * from {{ ref('heart_rate_minute') }}
),

readings as not materialized (
    select
        participant_id,
        timestamp,
        confidence
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
        select
            touched_days.participant_id,
            coalesce(earlier.minute, touched_days.day_start) as reach_start,
            coalesce(later.minute, touched_days.day_end) as reach_end
        from touched_days
        left join lateral (
            select minutes.minute
            from minutes
            where
                minutes.participant_id = touched_days.participant_id
                and minutes.minute < touched_days.day_start
            order by minutes.minute desc
            limit 1
        ) as earlier on true
        left join lateral (
            select minutes.minute
            from minutes
            where
                minutes.participant_id = touched_days.participant_id
                and minutes.minute >= touched_days.day_end
            order by minutes.minute
            limit 1
        ) as later on true
    ),

    covered as (
        select distinct
            reach.participant_id,
            reach.reach_start,
            in_reach.minute
        from reach
        cross join lateral (
            select minutes.minute
            from minutes
            where
                minutes.participant_id = reach.participant_id
                and minutes.minute >= reach.reach_start
                and minutes.minute <= reach.reach_end
            -- A fence: the stretches drive, each with its own part of the index.
            offset 0 -- noqa: AM09
        ) as in_reach
    ),
{% else %}
    covered as (
        select
            participant_id,
            null::timestamptz as reach_start,
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
    select
        participant_id,
        min(minute) as stretch_start,
        max(next_minute) + interval '1 minute' as stretch_end
    from followed
    where
        next_minute - minute
        > interval '{{ var("gap_minutes") }} minutes' - interval '1 minute'
    group by participant_id, reach_start, minute_number / 300
),

-- Distinct, because the gap between two touched days is in the reach of both.
recomputed as (
    select distinct
        stretches.participant_id,
        neighbours.gap_start,
        neighbours.gap_end,
        neighbours.gap_end - neighbours.gap_start as duration
    from stretches
    cross join
        lateral (
            select
                readings.timestamp as gap_start,
                lead(readings.timestamp) over (order by readings.timestamp) as gap_end
            from readings
            where
                readings.participant_id = stretches.participant_id
                and readings.timestamp >= stretches.stretch_start
                and readings.timestamp < stretches.stretch_end
                and {{ counts_in_marts('readings.confidence') }}
            -- The order of the window once more: without it, TimescaleDB looks into every chunk.
            order by readings.timestamp
        ) as neighbours
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
