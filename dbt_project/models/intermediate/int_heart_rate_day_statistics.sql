-- Grain: one row per participant and local day with a reading that counts.
-- What the minutes of a day say; heart_rate_day adds what depends on other days or on the readings.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day',
        partition_date="date(date_trunc('month', day))"
    )
}}

with minutes {{ as_not_materialized() }} (
    {{ with_local_day(ref('heart_rate_minute'), 'minute') }}
    where {{ in_touched_days('minute', margin='26 hours') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

spans as (
    {{ spans_to_build('minutes', 'minute') }}
),

days as (
    {{ local_days('spans', 'participants') }}
    -- The days' order: the minutes below are sorted one day at a time, in memory.
    order by participant_id, day
),

-- Numbers instead of instants, which windows and aggregates compare faster.
day_minutes as (
    select
        days.participant_id,
        days.day,
        minutes.readings,
        minutes.min_bpm,
        minutes.mean_bpm,
        minutes.max_bpm,
        {{ minutes_since('days.day_start', 'minutes.minute') }} as minute_of_day,
        {{ minute_of_clock('minutes.minute', 'days.time_zone') }}
            as clock_minute
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
            and {{ in_local_day('history.minute', 'days') | indent(12) }}
        -- A fence: the days drive, each with its own stretch of the index.
        {{ fence() }} -- noqa: AM09
    ) as minutes
),

compared as (
    select
        participant_id,
        day,
        minute_of_day,
        clock_minute,
        readings,
        min_bpm,
        mean_bpm,
        max_bpm,
        coalesce(
            mean_bpm <> lag(mean_bpm) over by_minute
            or minute_of_day - lag(minute_of_day) over by_minute > 1,
            true
        ) as changes,
        lag(minute_of_day, {{ var('resting_minutes') | int - 1 }}) over by_minute as rest_starts,
        (sum({{ rounded('mean_bpm * 1000000000') }}) over by_minute)::bigint as running_sum
    from day_minutes
    window by_minute as (partition by participant_id, day order by minute_of_day)
),

-- The sum over half an hour without a hole and the minute in which it ends are one number: the lowest
-- number is the lowest sum and, of several, the first. The angle of a minute is that of its clock time,
-- a full turn a day.
measured as (
    select
        participant_id,
        day,
        readings,
        min_bpm,
        mean_bpm,
        max_bpm,
        {{ quotient('clock_minute', 60) }} as clock_hour,
        {{ rounded('mean_bpm * 1000000000') }} as billionths,
        {{ rounded('mean_bpm * 1000000') }} as millionths,
        {{ rounded('cos(clock_minute * pi() / 720) * 1000000000') }} as cosine,
        {{ rounded('sin(clock_minute * pi() / 720) * 1000000000') }} as sine,
        case
            when minute_of_day - rest_starts = {{ var('resting_minutes') | int - 1 }}
                then
                    (
                        running_sum
                        - lag(running_sum, {{ var('resting_minutes') | int }}, 0::bigint)
                            over by_minute
                    )
                    * 2048 + minute_of_day
        end as sum_and_end,
        minute_of_day + 1 - max(minute_of_day) filter (where changes) over by_minute
            as minutes_unchanged
    from compared
    window by_minute as (partition by participant_id, day order by minute_of_day)
),

totals as (
    select
        participant_id,
        day,
        sum(readings)::bigint as readings,
        count(*) as minutes_covered,
        min(min_bpm) as min_bpm,
        max(max_bpm) as max_bpm,
        {{ exact_sum('billionths') }} as sum_of_billionths,
        {{ exact_sum(rounded('mean_bpm * readings * 1000000000')) }} as sum_of_readings,
        {{ percentiles([0.05, 0.5, 0.95], 'mean_bpm') }} as percentiles,
        min(sum_and_end) as lowest_sum_and_end,
        count(*) filter (where clock_hour between 3 and 6) as night_minutes,
        {{ exact_sum('billionths') }} filter (where clock_hour between 3 and 6) as sum_of_night,
        max(minutes_unchanged) as stuck_minutes,
        {{ median('readings') }} as median_readings,
        count(*) filter (where readings >= 50) as minutes_at_1_s,
        {{ minutes_by_hour_of('clock_hour') | indent(8) }} as minutes_by_hour,
        {{ exact_sum('millionths') }} as sum_y,
        {{ exact_sum('millionths * millionths') }} as sum_yy,
        {{ exact_sum('cosine') }} as sum_c,
        {{ exact_sum('sine') }} as sum_s,
        {{ exact_sum('cosine * cosine') }} as sum_cc,
        {{ exact_sum('sine * sine') }} as sum_ss,
        {{ exact_sum('cosine * sine') }} as sum_cs,
        {{ exact_sum('cosine * millionths') }} as sum_cy,
        {{ exact_sum('sine * millionths') }} as sum_sy
    from measured
    group by participant_id, day
),

-- Least squares of y on a cosine and a sine: the sums about the means, whole numbers up to here.
centred as (
    select
        participant_id,
        day,
        {{ as_double('(minutes_covered * sum_cc - sum_c * sum_c)') }} as cc,
        {{ as_double('(minutes_covered * sum_ss - sum_s * sum_s)') }} as ss,
        {{ as_double('(minutes_covered * sum_cs - sum_c * sum_s)') }} as cs,
        {{ as_double('(minutes_covered * sum_cy - sum_c * sum_y)') }} * 1000 as cy,
        {{ as_double('(minutes_covered * sum_sy - sum_s * sum_y)') }} * 1000 as sy,
        {{ as_double('(minutes_covered * sum_yy - sum_y * sum_y)') }} * 1000000 as yy
    from totals
    where minutes_covered >= {{ var('valid_day_hours') }} * 60
),

fitted as (
    select
        participant_id,
        day,
        cy,
        sy,
        yy,
        (cy * ss - sy * cs) / nullif(cc * ss - cs * cs, 0) as cosine_bpm,
        (sy * cc - cy * cs) / nullif(cc * ss - cs * cs, 0) as sine_bpm
    from centred
)

select
    totals.participant_id,
    totals.day,
    totals.readings,
    totals.minutes_covered,
    totals.minutes_by_hour,
    by_hour.valid_hours,
    coalesce(by_hour.complete_hours_in_a_row, 0) as complete_hours_in_a_row,
    totals.min_bpm,
    {{ mean_of_billionths('totals.sum_of_billionths', 'totals.minutes_covered') }} as mean_bpm,
    {{ standard_deviation('totals.sum_yy', 'totals.sum_y', 'totals.minutes_covered') }} as sd_bpm,
    totals.max_bpm,
    {{ mean_of_billionths('totals.sum_of_readings', 'totals.readings') }} as mean_of_readings_bpm,
    {{ element('totals.percentiles', 1) }} as p05_bpm,
    {{ element('totals.percentiles', 2) }} as p50_bpm,
    {{ element('totals.percentiles', 3) }} as p95_bpm,
    {{ mean_of_billionths(
        quotient('totals.lowest_sum_and_end', 2048), var('resting_minutes')
    ) }} as resting_bpm,
    days.day_start
    + (totals.lowest_sum_and_end % 2048 - {{ var('resting_minutes') | int - 1 }})
    * interval '1 minute' as resting_start,
    totals.night_minutes,
    {{ mean_of_billionths('totals.sum_of_night', 'totals.night_minutes') }} as night_mean_bpm,
    {{ as_double('totals.sum_y') }} / totals.minutes_covered / 1000000
    - (
        fitted.cosine_bpm * {{ as_double('totals.sum_c') }}
        + fitted.sine_bpm * {{ as_double('totals.sum_s') }}
    ) / totals.minutes_covered / 1000000000 as mesor_bpm,
    sqrt(fitted.cosine_bpm * fitted.cosine_bpm + fitted.sine_bpm * fitted.sine_bpm)
        as amplitude_bpm,
    case
        when fitted.yy > 0 then {{ clock_hours('fitted.sine_bpm', 'fitted.cosine_bpm') }}
    end as acrophase_hours,
    (fitted.cosine_bpm * fitted.cy + fitted.sine_bpm * fitted.sy)
    / nullif(fitted.yy, 0) as cosinor_r2,
    60 / totals.median_readings as sampling_seconds,
    totals.minutes_at_1_s / {{ as_double('totals.minutes_covered') }} as share_at_1_s,
    totals.stuck_minutes
from totals
inner join days
    on
        totals.participant_id = days.participant_id
        and totals.day = days.day
{{ hours_of_minutes('totals.minutes_by_hour') }}
left join fitted
    on
        totals.participant_id = fitted.participant_id
        and totals.day = fitted.day
