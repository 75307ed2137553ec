-- Grain: one row per participant and local calendar day from enrolment to end, days without readings included.
-- A view, because the day that is today, and days on which nothing arrives, belong to it as well.

{{ config(materialized='view') }}

with statistics as (
    select * from {{ ref('int_heart_rate_day_statistics') }}
),

built as (
    select * from {{ ref('heart_rate_participant') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

worn as (
    select
        participant_id,
        min(day) as first_day,
        max(day) as last_day
    from statistics
    group by participant_id
),

enrolments as (
    select
        worn.participant_id,
        built.time_zone,
        coalesce(known.enrolled_on, worn.first_day) as enrolled_on,
        case
            when known.ended_on is null then worn.last_day
            else least(known.ended_on, ({{ local_time('now()', 'built.time_zone') }})::date)
        end as ended_on,
        (
            select max(history.day)
            from statistics as history
            where
                history.participant_id = worn.participant_id
                and history.day < known.enrolled_on
        ) as last_day_before
    from worn
    inner join built
        on worn.participant_id = built.participant_id
    left join participants as known
        on worn.participant_id = known.participant_id
),

days as (
    select
        enrolments.participant_id,
        calendar.midnight::date as day,
        enrolments.last_day_before,
        {{ minutes_of_local_day(
            'calendar.midnight::date', 'enrolments.time_zone'
        ) }} as minutes_of_day
    from enrolments
    {{ each_midnight(
        'enrolments.enrolled_on::timestamp', 'enrolments.ended_on::timestamp'
    ) | indent(4) }}
),

yields as (
    select
        days.participant_id,
        days.day,
        days.minutes_of_day,
        coalesce(statistics.minutes_covered, 0) as minutes_covered,
        coalesce(statistics.minutes_by_hour, {{ array_of_zeros(24) }}) as minutes_by_hour,
        coalesce(statistics.valid_hours, 0) as valid_hours,
        coalesce(statistics.complete_hours_in_a_row, 0) as complete_hours_in_a_row,
        greatest(
            days.last_day_before,
            max(statistics.day) over (partition by days.participant_id order by days.day)
        ) as last_day_with_readings
    from days
    left join statistics
        on
            days.participant_id = statistics.participant_id
            and days.day = statistics.day
)

select
    participant_id,
    day,
    minutes_covered,
    minutes_by_hour,
    valid_hours,
    complete_hours_in_a_row,
    least(1, minutes_covered / {{ as_double('minutes_of_day') }}) as minute_yield,
    least(1, valid_hours * 60 / {{ as_double('minutes_of_day') }}) as hour_yield,
    {{ days_between('last_day_with_readings', 'day') }} as days_since_last_reading,
    minutes_covered >= {{ var('valid_day_hours') }} * 60 as is_valid_day
from yields
