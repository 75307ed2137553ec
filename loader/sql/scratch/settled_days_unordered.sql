-- Grain: one row per participant and UTC day: what the files together give.
create or replace table settled_days as
select
    participant_id,
    timestamp::date as day,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, value, confidence)) as checksum
from settled
group by all
