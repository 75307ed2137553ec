-- Say which participant-days (UTC) are staged, with how many readings, and their last.
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
