-- Of equal instants the last one wins, in the order (format rank, path, line), which is rowid's:
-- first within each file (for the ledger), then across the files (for the table).
create or replace table file_readings as
select
    file_id,
    participant_id,
    timestamp,
    max(rowid) as place,
    arg_max(value, rowid) as value,
    nullif(arg_max(coalesce(confidence, -1), rowid), -1) as confidence
from readings
where timestamp is not null
group by file_id, participant_id, timestamp;

create or replace table settled as
select
    participant_id,
    timestamp,
    arg_max(value, place) as value,
    nullif(arg_max(coalesce(confidence, -1), place), -1) as confidence,
    min(value) <> max(value) as is_conflict
from file_readings
group by participant_id, timestamp
order by participant_id, timestamp;
