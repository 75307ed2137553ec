-- Lower the floor to where the retention wants it (as raise_floor.sql); no retention wants none.
update ingest.retention as known
set
    floor = wanted.floor,
    is_lowered = true,
    changed_at = clock_timestamp()
from (
    select
        date_trunc(
            'month', (least(max(latest_timestamp), now()) - %(retention)s::interval) at time zone 'UTC'
        )::date as floor
    from ingest.participants
) as wanted
where known.floor > wanted.floor or wanted.floor is null
