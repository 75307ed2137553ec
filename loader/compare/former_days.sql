-- Grain: one row per file, participant and UTC day of the former readings, as known_days has them. A day on which a
-- file repeats an instant, or has a doubtful time, has more readings here than in the ledger.
select
    path,
    participant_id,
    timestamp::date as day,
    '' as device,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, measured)) as checksum
from main.former_readings
group by path, participant_id, day
