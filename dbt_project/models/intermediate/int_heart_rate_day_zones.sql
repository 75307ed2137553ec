-- Grain: one row per participant and local day with a reading that counts and known limits of the zones.
-- The estimated limits depend on the resting heart rate of the days before: a touched day also changes
-- the zones of the days after it.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days of zones'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day',
        partition_date="date(date_trunc('month', day))"
    )
}}

with minutes {{ as_not_materialized() }} (
    {{ with_local_day(ref('heart_rate_minute'), 'minute') }}
    where {{ in_touched_days('minute', margin='26 hours', days_after=days_with_its_rest()) }}
),

statistics {{ as_not_materialized() }} (
    select * from {{ ref('int_heart_rate_day_statistics') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

spans as (
    {{ spans_to_build('minutes', 'minute') }}
),

local_days as (
    {{ local_days('spans', 'participants', days_after=days_with_its_rest()) }}
),

zone_limits {{ as_not_materialized() }} (
    select * from {{ zone_limits_of_files() }}
),

zone_shares as (
    {{ zone_shares() }}
),

ranges as (
    select
        local_days.participant_id,
        local_days.day,
        local_days.day_start,
        local_days.day_end,
        220 - (extract(year from local_days.day)::integer - local_days.birth_year) as maximum_bpm,
        {{ median_of_days_before(
            'resting_bpm', 'statistics', 'local_days', var('zone_resting_days') | int
        ) | indent(8) }} as resting_bpm
    from local_days
),

-- If files contradict each other, the format's rank and then the path decides, as for readings.
own as (
    select
        ranges.participant_id,
        ranges.day,
        of_day.moderate_from_bpm,
        of_day.vigorous_from_bpm,
        of_day.peak_from_bpm
    from ranges
    cross join lateral (
        select
            zone_limits.moderate_from_bpm,
            zone_limits.vigorous_from_bpm,
            zone_limits.peak_from_bpm
        from zone_limits
        where
            zone_limits.participant_id = ranges.participant_id
            and zone_limits.day = ranges.day
            and '{{ checked_zone_rule() }}' = 'own'
        order by zone_limits.rank desc, zone_limits.path desc
        limit 1
    ) as of_day
),

-- Rounded to a millionth: 0.7 × 180 is 126, and not a little less. Once per day, not for each minute.
limits {{ as_materialized() }} (
    select
        ranges.participant_id,
        ranges.day,
        ranges.day_start,
        ranges.day_end,
        case
            when own.day is null then 'estimate by {{ zone_estimate() }}' else 'own limits'
        end as zone_source,
        coalesce(own.moderate_from_bpm, {{ zone_limit('moderate') }}) as moderate_from_bpm,
        coalesce(own.vigorous_from_bpm, {{ zone_limit('vigorous') }}) as vigorous_from_bpm,
        coalesce(own.peak_from_bpm, {{ zone_limit('peak') }}) as peak_from_bpm
    from ranges
    cross join zone_shares
    left join own
        on
            ranges.participant_id = own.participant_id
            and ranges.day = own.day
    where own.day is not null or ranges.maximum_bpm > {{ zones_start() }}
)

select
    limits.participant_id,
    limits.day,
    limits.zone_source,
    limits.moderate_from_bpm,
    limits.vigorous_from_bpm,
    limits.peak_from_bpm,
    of_day.minutes_light,
    of_day.minutes_moderate,
    of_day.minutes_vigorous,
    of_day.minutes_peak
from limits
{% call minutes_of_local_days('minutes', 'limits', 'of_day') %}
            count(*) as minutes_covered,
            count(*) filter (
                where minutes.mean_bpm < limits.moderate_from_bpm
            ) as minutes_light,
            count(*) filter (
                where minutes.mean_bpm >= limits.moderate_from_bpm
                and minutes.mean_bpm < limits.vigorous_from_bpm
            ) as minutes_moderate,
            count(*) filter (
                where minutes.mean_bpm >= limits.vigorous_from_bpm
                and minutes.mean_bpm < limits.peak_from_bpm
            ) as minutes_vigorous,
            count(*) filter (
                where minutes.mean_bpm >= limits.peak_from_bpm
            ) as minutes_peak
{% endcall %}
where of_day.minutes_covered > 0
