-- Fails with each participant and UTC day whose readings, minutes and hours are not the same readings,
-- and with each local day that is not its minutes. What is touched, or all with full_tests; the
-- readings themselves up to two million staged, because a first load has read them all just now.
{% set batch = source('staging', 'batch') %}
{% set staged = run_query('select coalesce(sum(readings), 0) from ' ~ batch).rows[0][0] if execute else 0 %}
{% set compares_readings = staged <= 2000000 or var('full_tests') %}
with minutes as not materialized (
    select * from {{ ref('heart_rate_minute') }}
    where {{ in_touched_days('minute', margin='26 hours') }}
),

hours as not materialized (
    select * from {{ ref('heart_rate_hour') }}
    where {{ in_touched_days('hour') }}
),

readings as not materialized (
    select * from {{ ref('heart_rate') }}
    where {{ in_touched_days('timestamp') }}
),

days as (
    select * from {{ ref('heart_rate_day') }}
),

spans as (
    {% if var('full_tests') %}
    select
        participant_id,
        date_trunc('day', min(minute), 'UTC') as span_start,
        date_trunc('day', max(minute), 'UTC') + interval '24 hours' as span_end
    from minutes
    group by participant_id
    {% else %}
    select
        participant_id,
        day_start as span_start,
        day_end as span_end
    from {{ source('staging', 'touched_days') }}
    {% endif %}
),

participants as (
    select * from {{ seeded_participants() }}
),

utc_days as (
    {{ utc_days('spans') }}
),

local_days as (
    {{ local_days('spans', 'participants') }}
)

select
    concat_ws(
        ', ',
        case when by_minute.readings is distinct from by_hour.readings then 'minutes = hours: readings' end,
        case when by_minute.low is distinct from by_hour.low then 'minutes = hours: min_bpm' end,
        case when by_minute.high is distinct from by_hour.high then 'minutes = hours: max_bpm' end
        {% if compares_readings %},
        case when by_minute.readings is distinct from by_reading.readings then 'minutes = heart_rate: readings' end,
        case when by_minute.low is distinct from by_reading.low then 'minutes = heart_rate: min_bpm' end,
        case when by_minute.high is distinct from by_reading.high then 'minutes = heart_rate: max_bpm' end
        {% endif %}
    ) as assertion,
    'UTC day' as level,
    utc_days.participant_id,
    utc_days.day_start::text as day,
    by_minute.readings as readings_by_minute,
    by_hour.readings as readings_of_level
from utc_days
cross join lateral (
    select coalesce(sum(minutes.readings), 0) as readings, min(min_bpm) as low, max(max_bpm) as high
    from minutes
    where
        minutes.participant_id = utc_days.participant_id
        and minutes.minute >= utc_days.day_start
        and minutes.minute < utc_days.day_end
) as by_minute
cross join lateral (
    select coalesce(sum(hours.readings), 0) as readings, min(min_bpm) as low, max(max_bpm) as high
    from hours
    where
        hours.participant_id = utc_days.participant_id
        and hours.hour >= utc_days.day_start
        and hours.hour < utc_days.day_end
) as by_hour
{% if compares_readings %}
cross join lateral (
    select count(*) as readings, min(readings.value) as low, max(readings.value) as high
    from readings
    where
        readings.participant_id = utc_days.participant_id
        and readings.timestamp >= utc_days.day_start
        and readings.timestamp < utc_days.day_end
        and {{ counts_in_marts('readings.confidence') }}
) as by_reading
{% endif %}
where
    (by_minute.readings, by_minute.low, by_minute.high)
    is distinct from (by_hour.readings, by_hour.low, by_hour.high)
    {% if compares_readings %}
    or {{ above_floor('utc_days.day_start') }}
    and (by_minute.readings, by_minute.low, by_minute.high)
    is distinct from (by_reading.readings, by_reading.low, by_reading.high)
    {% endif %}
union all
select
    concat_ws(
        ', ',
        case when by_minute.readings is distinct from days.readings then 'minutes = days: readings' end,
        case
            when by_minute.minutes_covered is distinct from coalesce(days.minutes_covered, 0)
                then 'minutes = days: minutes_covered'
        end,
        case when by_minute.low is distinct from days.min_bpm then 'minutes = days: min_bpm' end,
        case when by_minute.high is distinct from days.max_bpm then 'minutes = days: max_bpm' end
    ),
    'local day',
    local_days.participant_id,
    local_days.day::text,
    by_minute.readings,
    days.readings
from local_days
cross join lateral (
    select
        sum(minutes.readings) as readings,
        count(minutes.minute) as minutes_covered,
        min(min_bpm) as low,
        max(max_bpm) as high
    from minutes
    where
        minutes.participant_id = local_days.participant_id
        and minutes.minute >= local_days.day_start
        and minutes.minute < local_days.day_end
) as by_minute
left join days
    on
        local_days.participant_id = days.participant_id
        and local_days.day = days.day
where
    (by_minute.readings, by_minute.minutes_covered, by_minute.low, by_minute.high)
    is distinct from
    (days.readings, coalesce(days.minutes_covered, 0), days.min_bpm, days.max_bpm)
