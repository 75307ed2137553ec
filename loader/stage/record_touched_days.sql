-- Record the participant-days (UTC) that are staged, their number of readings, and their last instant.
insert into staging.touched_days (participant_id, day_start, day_end, readings, last_timestamp)
select
    participant_id,
    day::timestamp at time zone 'UTC',
    (day + 1)::timestamp at time zone 'UTC',
    readings,
    last_timestamp
from unnest(%s::text[], %s::date[], %s::bigint[], %s::timestamptz[]) as staged (
    participant_id, day, readings, last_timestamp
)
