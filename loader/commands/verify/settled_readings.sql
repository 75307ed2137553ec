-- What the files together give for one participant and UTC day.
select
    timestamp,
    value,
    confidence
from settled
where
    participant_id = ?
    and timestamp >= ?::date
    and timestamp < ?::date + interval 1 day
order by timestamp
