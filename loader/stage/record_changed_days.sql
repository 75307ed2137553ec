-- Record the participant-days (UTC) that this run is about to change; a day may be staged twice, once for its moved
-- readings.
insert into ingest.changed_days (participant_id, day, run_id)
select distinct
    participant_id,
    (day_start at time zone 'UTC')::date,
    %(run_id)s
from staging.touched_days
on conflict (participant_id, day) do update
    set run_id = excluded.run_id
