-- Grain: one row per participant and local day with a reading that counts.

{{
    config(
        unique_key=['participant_id', 'day'],
        touched=buckets('local days of zones'),
        touched_rows='target.participant_id = touched.participant_id and target.day = touched.day'
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
    confidences.without_signal / confidences.with_confidence::double precision
        as share_confidence_0,
    statistics.minutes_covered / 60.0::double precision as hours_worn,
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
