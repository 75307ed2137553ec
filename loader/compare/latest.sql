-- Each participant's latest reading in what was read.
select
    participant_id,
    max(last_timestamp) as latest_timestamp
from file_days
group by participant_id
