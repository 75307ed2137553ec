-- Grain: one row per participant with a loaded reading. How old the newest one is.
select
    participant_id,
    now() - latest_timestamp as age
from ingest.participants
order by latest_timestamp, participant_id
