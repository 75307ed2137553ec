-- One row: the first and the last participant with readings in a stretch of public.heart_rate, by the
-- key; nulls if there are none.
select
    min(participant_id) as first_participant,
    max(participant_id) as last_participant
from public.heart_rate
where timestamp >= %(start)s and timestamp < %(end)s
