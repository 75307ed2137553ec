-- Grain: one row per reading of one participant and UTC day in the files.
select
    timestamp,
    unnest(measured)
from deduplicated
where
    participant_id = ?
    and timestamp >= ?::date
    and timestamp < ?::date + interval 1 day
order by timestamp
