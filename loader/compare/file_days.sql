-- Grain: one row per file, participant, UTC day and device of the rows read. deduplicate_ordered.sql and
-- deduplicated_tables.sql define the view source_days.
create or replace table file_days as
select
    sources.file_id,
    sources.participant_id,
    source_days.day,
    sources.device,
    source_days.readings,
    source_days.checksum,
    source_days.first_timestamp,
    source_days.last_timestamp
from source_days
inner join sources on source_days.source_id = sources.source_id
