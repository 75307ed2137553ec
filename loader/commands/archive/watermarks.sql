-- Grain: one row per participant: the latest reading before this run.
select
    participant_id,
    latest_timestamp
from ingest.participants
