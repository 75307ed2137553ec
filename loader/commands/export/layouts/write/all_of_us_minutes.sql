-- Grain: one row per participant and minute.
select
    participant_id as person_id,
    strftime(local_time, '%Y-%m-%d %H:%M:%S') as datetime,
    round(mean_bpm)::integer as heart_rate_value
from batches
