-- Say which readings are no longer at these instants.
insert into staging.moved_readings (participant_id, timestamp, value, confidence)
select *
from unnest(%s::text [], %s::timestamptz [], %s::double precision [], %s::smallint [])
