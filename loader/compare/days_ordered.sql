-- Grain: one row per participant and UTC day of all files. Without duplicates, counts and checksums of the
-- files add up.
create or replace table deduplicated_days as
select
    participant_id,
    day,
    sum(readings)::bigint as readings,
    total_checksum(checksum) as checksum
from file_days
group by all
