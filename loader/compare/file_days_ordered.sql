-- Grain: one row per file, participant and UTC day of what was read.
create or replace table file_days as
select
    sources.file_id,
    sources.participant_id,
    days.day,
    days.readings,
    days.checksum,
    days.first_timestamp,
    days.last_timestamp
from (
    select
        source_id,
        timestamp::date as day,
        count(*) as readings,
        day_checksum(reading_hash(timestamp, value, confidence)) as checksum,
        min(timestamp) as first_timestamp,
        max(timestamp) as last_timestamp
    from file_readings
    group by all
) as days
inner join sources on days.source_id = sources.source_id
