-- Grain: one row per participant and UTC day: what the plain files together contain, duplicates
-- counted each time.
select
    participant_id,
    day,
    sum(readings)::bigint as readings,
    total_checksum(checksum) as checksum
from typed_days
group by all
