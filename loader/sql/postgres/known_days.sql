-- What the named files gave, by participant and UTC day.
select
    path,
    participant_id,
    day,
    readings,
    checksum
from ingest.days
where path = any(%s)
