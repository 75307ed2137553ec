-- Grain: one row per participant and local day with a reading that counts.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days of zones'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day',
        partition_date="date(date_trunc('month', day))"
    )
}}

with
{% if is_incremental() %}
    touched as (
        {{ touched_buckets('local days of zones') }}
    ),

{% endif %}
statistics as (
    select * from {{ ref('int_heart_rate_day_statistics') }}
    {% if is_incremental() %}
        where (participant_id, day) in (select
            touched.participant_id,
            touched.day
        from touched)
    {% endif %}
),

confidences as (
    select * from {{ ref('int_heart_rate_day_confidence') }}
),

zones as (
    select * from {{ ref('int_heart_rate_day_zones') }}
),

participants as (
    select * from {{ seeded_participants() }}
),

devices {{ as_not_materialized() }} (
    select * from {{ devices_of_files() }}
),

zoned as (
    select
        statistics.participant_id,
        statistics.day,
        {{ time_zone_of('participants') }} as time_zone
    from statistics
    left join participants
        on statistics.participant_id = participants.participant_id
),

local_days as (
    select
        participant_id,
        day,
        {{ local_day_start('day', 'time_zone') }} as day_start,
        {{ local_day_start('(day + 1)', 'time_zone') }} as day_end
    from zoned
),

-- A local day has the end of one UTC day and the beginning of the next: if a device has readings in that end, its
-- last reading of the UTC day is one, and if it has any in that beginning, its first is one.
day_devices as (
    select
        local_days.participant_id,
        local_days.day,
        count(distinct devices.device) as devices
    from local_days
    inner join devices
        on
            local_days.participant_id = devices.participant_id
            and local_days.day >= devices.day - 1
            and local_days.day <= devices.day + 1
            and (
                (
                    local_days.day_start <= devices.first_timestamp
                    and local_days.day_end > devices.first_timestamp
                )
                or (
                    local_days.day_start <= devices.last_timestamp
                    and local_days.day_end > devices.last_timestamp
                )
            )
    group by local_days.participant_id, local_days.day
)

select
    statistics.participant_id,
    statistics.day,
    statistics.readings,
    statistics.minutes_covered,
    statistics.min_bpm,
    statistics.mean_bpm,
    statistics.sd_bpm,
    statistics.max_bpm,
    statistics.mean_of_readings_bpm,
    statistics.p05_bpm,
    statistics.p50_bpm,
    statistics.p95_bpm,
    statistics.resting_bpm,
    statistics.resting_start,
    statistics.night_minutes,
    statistics.night_mean_bpm,
    zones.zone_source,
    zones.moderate_from_bpm,
    zones.vigorous_from_bpm,
    zones.peak_from_bpm,
    zones.minutes_light,
    zones.minutes_moderate,
    zones.minutes_vigorous,
    zones.minutes_peak,
    statistics.mesor_bpm,
    statistics.amplitude_bpm,
    statistics.acrophase_hours,
    statistics.cosinor_r2,
    statistics.sampling_seconds,
    statistics.share_at_1_s,
    statistics.stuck_minutes,
    day_devices.devices,
    confidences.without_signal / {{ as_double('confidences.with_confidence') }}
        as share_confidence_0,
    statistics.minutes_covered / {{ as_double('60.0') }} as hours_worn,
    zones.minutes_moderate
    + 2 * (zones.minutes_vigorous + zones.minutes_peak) as active_zone_minutes,
    statistics.minutes_covered >= {{ var('valid_day_hours') }} * 60 as is_valid_day
from statistics
left join confidences
    on
        statistics.participant_id = confidences.participant_id
        and statistics.day = confidences.day
left join zones
    on
        statistics.participant_id = zones.participant_id
        and statistics.day = zones.day
left join day_devices
    on
        statistics.participant_id = day_devices.participant_id
        and statistics.day = day_devices.day
