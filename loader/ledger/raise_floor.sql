-- Raise the floor to the first day of the month in which the newest reading is older by the retention than now, at
-- most. A reading of a watch whose clock is in the future doesn't count, and whole months are whole files of an
-- archive, too.
insert into ingest.retention as known (floor, highest_floor)
select
    wanted.floor,
    wanted.floor as highest_floor
from (
    select
        date_trunc(
            'month', (least(max(latest_timestamp), now()) - %(retention)s::interval) at time zone 'UTC'
        )::date as floor
    from ingest.participants
) as wanted
where wanted.floor is not null
on conflict ((true)) do update
    set
        floor = excluded.floor,
        highest_floor = greatest(known.highest_floor, excluded.floor),
        changed_at = clock_timestamp()
    where known.floor is null or known.floor < excluded.floor
