-- Grain: one row per file, participant and UTC day: what was loaded from these files, also from missing ones.
select
    path,
    participant_id,
    day,
    first_timestamp,
    last_timestamp
from ingest.days
where path = any(%s)
