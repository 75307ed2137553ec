-- Grain: one row per local day.
select
    day,
    hours_worn,
    resting_bpm,
    is_valid_day,
    minutes_fat_burn,
    minutes_cardio,
    minutes_peak
from marts.heart_rate_day
where participant_id = %(participant)s
order by day
