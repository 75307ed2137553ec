-- Grain: one row per participant and UTC day. Where every row stands, the files together give the sum
-- of what each gives, as a checksum is a sum.
create or replace table deduplicated_days as
select
    participant_id,
    day,
    sum(readings)::bigint as readings,
    total_checksum(checksum) as checksum
from file_days
group by all
