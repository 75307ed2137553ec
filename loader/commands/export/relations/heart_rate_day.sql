-- Grain: one row per participant and local day with a reading that counts.
select
    participant_id,
    day,
    readings,
    minutes_covered,
    hours_worn,
    min_bpm,
    mean_bpm,
    sd_bpm,
    max_bpm,
    mean_of_readings_bpm,
    p05_bpm,
    p50_bpm,
    p95_bpm,
    resting_bpm,
    resting_start,
    night_minutes,
    night_mean_bpm,
    zone_source,
    moderate_from_bpm,
    vigorous_from_bpm,
    peak_from_bpm,
    minutes_light,
    minutes_moderate,
    minutes_vigorous,
    minutes_peak,
    active_zone_minutes,
    mesor_bpm,
    amplitude_bpm,
    acrophase_hours,
    cosinor_r2,
    sampling_seconds,
    share_at_1_s,
    stuck_minutes,
    devices,
    share_confidence_0,
    is_valid_day
from marts.heart_rate_day
where
    participant_id = any(%(participants)s)
    and day >= %(first_day)s
    and day < %(end_day)s
order by participant_id, day
