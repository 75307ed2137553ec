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
        day,
        sum(readings)::bigint as readings,
        total_checksum(checksum) as checksum,
        min(first_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp
    from days_of_slices
    group by all
) as days
inner join sources on days.source_id = sources.source_id
