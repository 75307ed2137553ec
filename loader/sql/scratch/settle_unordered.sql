-- Of equal instants the last one wins, in the order (format rank, path, line), which is rowid's:
-- first within each file (for the ledger), then across the files (for the table).
create or replace table file_readings as
select
    source_id,
    timestamp,
    max(rowid) as place,
    arg_max(value, rowid) as value,
    nullif(arg_max(coalesce(confidence, -1), rowid), -1) as confidence
from readings
where timestamp is not null
group by source_id, timestamp;

create or replace table settled as
select
    sources.participant_id,
    file_readings.timestamp,
    arg_max(file_readings.value, file_readings.place) as value,
    nullif(arg_max(coalesce(file_readings.confidence, -1), file_readings.place), -1) as confidence,
    min(file_readings.value) <> max(file_readings.value) as is_conflict
from file_readings
inner join sources on file_readings.source_id = sources.source_id
group by sources.participant_id, file_readings.timestamp
order by sources.participant_id, file_readings.timestamp;
