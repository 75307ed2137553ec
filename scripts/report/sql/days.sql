-- Grain: one row per local day.
select
    day,
    hours_worn,
    mean_bpm,
    min_bpm,
    max_bpm,
    resting_bpm,
    night_minutes,
    night_mean_bpm,
    is_valid_day,
    zone_source,
    moderate_from_bpm,
    vigorous_from_bpm,
    peak_from_bpm,
    minutes_moderate,
    minutes_vigorous,
    minutes_peak
from marts.heart_rate_day
where participant_id = %(participant)s
order by day
