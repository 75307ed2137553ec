-- Grain: one row per participant: the latest instant read.
select
    participant_id,
    max(last_timestamp) as latest_timestamp
from file_days
group by participant_id
