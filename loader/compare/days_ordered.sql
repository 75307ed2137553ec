-- Grain: one row per participant and UTC day. Without duplicates, the files together contain the
-- sum of what each contains, and a checksum is a sum.
create or replace table deduplicated_days as
select
    participant_id,
    day,
    sum(readings)::bigint as readings,
    total_checksum(checksum) as checksum
from file_days
group by all
