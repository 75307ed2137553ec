-- Say which readings are no longer at these instants.
insert into staging.moved_readings (participant_id, timestamp, value, confidence)
select
    participant_id,
    timestamp,
    value,
    confidence
from unnest(%s::text[], %s::timestamptz[], %s::double precision[], %s::smallint[])
    as moved (participant_id, timestamp, value, confidence)
