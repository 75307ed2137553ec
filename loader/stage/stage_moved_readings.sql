-- Stage readings for the merge to delete, because they are at other instants now.
insert into staging.moved_readings (participant_id, timestamp, value, confidence)
select
    participant_id,
    timestamp,
    value,
    confidence
from unnest(%s::text[], %s::timestamptz[], %s::double precision[], %s::smallint[])
    as moved (participant_id, timestamp, value, confidence)
