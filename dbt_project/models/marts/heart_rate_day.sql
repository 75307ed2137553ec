-- Grain: one row per participant and local day with a reading that counts.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day'
    )
}}

with minutes as not materialized (
    select * from {{ ref('heart_rate_minute') }}
    where {{ in_touched_days('minute', margin='26 hours') }}
),

percentiles as (
    select * from {{ ref('int_heart_rate_day_percentiles') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

spans as (
    {{ spans_to_build('minutes', 'minute') }}
),

days as (
    {{ local_days('spans', 'participants') }}
),

zone_shares as (
    {{ zone_shares() }}
),

day_minutes as (
    select
        days.participant_id,
        days.day,
        minutes.minute,
        minutes.readings,
        minutes.min_bpm,
        minutes.mean_bpm,
        minutes.max_bpm,
        minutes.mean_bpm
        / (220 - (extract(year from days.day) - days.birth_year)) as share_of_maximum
    from days
    cross join lateral (
        select
            history.minute,
            history.readings,
            history.min_bpm,
            history.mean_bpm,
            history.max_bpm
        from minutes as history
        where
            history.participant_id = days.participant_id
            and history.minute >= days.day_start
            and history.minute < days.day_end
        -- A fence: the days drive, each with its own stretch of the index.
        offset 0 -- noqa: AM09
    ) as minutes
),

rested as (
    select
        participant_id,
        day,
        readings,
        min_bpm,
        mean_bpm,
        max_bpm,
        share_of_maximum,
        count(*) over half_hour as minutes_in_a_row,
        sum((mean_bpm * 1000000000)::bigint) over half_hour as sum_of_billionths
    from day_minutes
    window half_hour as (
        partition by participant_id, day
        order by minute
        range between interval '{{ var("resting_minutes") | int - 1 }} minutes' preceding
        and current row
    )
),

totals as (
    select
        rested.participant_id,
        rested.day,
        sum(rested.readings)::bigint as readings,
        count(*) as minutes_covered,
        min(rested.min_bpm) as min_bpm,
        sum((rested.mean_bpm * rested.readings * 1000000000)::bigint) as sum_of_billionths,
        max(rested.max_bpm) as max_bpm,
        min(rested.sum_of_billionths)
        filter (where rested.minutes_in_a_row = {{ var('resting_minutes') }}) as resting_billionths,
        count(*) filter (
            where rested.share_of_maximum < zone_shares.fat_burn
        ) as minutes_out_of_zone,
        count(*) filter (
            where rested.share_of_maximum >= zone_shares.fat_burn
            and rested.share_of_maximum < zone_shares.cardio
        ) as minutes_fat_burn,
        count(*) filter (
            where rested.share_of_maximum >= zone_shares.cardio
            and rested.share_of_maximum < zone_shares.peak
        ) as minutes_cardio,
        count(*) filter (where rested.share_of_maximum >= zone_shares.peak) as minutes_peak
    from rested
    cross join zone_shares
    group by rested.participant_id, rested.day
)

select
    totals.participant_id,
    totals.day,
    totals.readings,
    totals.minutes_covered,
    totals.minutes_covered / 60.0::double precision as hours_worn,
    totals.min_bpm,
    {{ billionths('totals.sum_of_billionths', 'totals.readings') }} as mean_bpm,
    totals.max_bpm,
    percentiles.p05_bpm,
    percentiles.p50_bpm,
    percentiles.p95_bpm,
    {{ billionths('totals.resting_billionths', var('resting_minutes')) }} as resting_bpm,
    totals.minutes_out_of_zone,
    totals.minutes_fat_burn,
    totals.minutes_cardio,
    totals.minutes_peak,
    totals.minutes_covered >= {{ var('valid_day_hours') }} * 60 as is_valid_day
from totals
left join percentiles
    on
        totals.participant_id = percentiles.participant_id
        and totals.day = percentiles.day
