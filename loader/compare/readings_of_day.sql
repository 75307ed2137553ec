-- What the files together give for one participant and UTC day.
select
    timestamp,
    unnest(measured)
from deduplicated
where
    participant_id = ?
    and timestamp >= ?::date
    and timestamp < ?::date + interval 1 day
order by timestamp
