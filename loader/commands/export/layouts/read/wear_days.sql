-- Grain: one row per local calendar day of a participant from enrolment to end.
select
    day,
    minutes_covered
from marts.heart_rate_yield
where
    participant_id = %(participant)s
    and day >= %(first_day)s
    and day < %(end_day)s
order by day
