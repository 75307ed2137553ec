-- Grain: one row per file, participant and UTC day: what the archive holds by its files.
select
    first_day,
    bucket,
    participant_id,
    day,
    readings,
    checksum
from file_days
