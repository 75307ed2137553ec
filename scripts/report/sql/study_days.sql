-- Grain: one row per participant and local calendar day from enrolment to end.
select
    participant_id,
    day,
    minutes_covered / 60.0::double precision as hours_worn
from marts.heart_rate_yield
order by participant_id, day
