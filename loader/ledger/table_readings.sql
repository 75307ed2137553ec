-- What the table holds for one participant between two instants.
select
    timestamp,
    value,
    confidence
from public.heart_rate
where participant_id = %s and timestamp >= %s and timestamp < %s
order by timestamp
