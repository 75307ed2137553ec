-- Grain: one row per file, participant, UTC day and device: what was loaded from these files, also from missing ones.
select
    path,
    participant_id,
    day,
    device,
    first_timestamp,
    last_timestamp
from ingest.days
where path = any(%s)
