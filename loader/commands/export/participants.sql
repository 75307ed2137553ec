-- Grain: one row per participant with a reading.
select distinct participant_id
from heart_rate
order by participant_id
