-- Grain: one row per participant with a reading that counts; the settings of its marts.
select
    participant_id,
    definitions,
    time_zone,
    birth_year,
    min_confidence,
    gap_minutes,
    valid_day_hours,
    valid_hour_minutes,
    resting_minutes,
    zone_rule,
    zone_resting_days,
    moderate_from,
    vigorous_from,
    peak_from
from marts.heart_rate_participant
where participant_id = any(%(participants)s)
order by participant_id
