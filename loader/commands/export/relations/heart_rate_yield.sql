-- Grain: one row per participant and local calendar day from enrolment to end.
select
    participant_id,
    day,
    minutes_covered,
    valid_hours,
    minute_yield,
    hour_yield,
    complete_hours_in_a_row,
    days_since_last_reading,
    is_valid_day
from marts.heart_rate_yield
where
    participant_id = any(%(participants)s)
    and day >= %(first_day)s
    and day < %(end_day)s
order by participant_id, day
