-- Grain: one row per participant and UTC day of public.heart_rate within a stretch: readings and
-- checksum.
select
    participant_id,
    (day at time zone 'UTC')::date as day,
    count(*) as readings,
    mod(sum(hash * hash), 2305843009213693952)::bigint as checksum
from (
    -- A fence, though nothing reads it: without it Postgres computes each hash twice, and once the
    -- table has statistics takes every reading for a day of its own and sorts them all on disk. A
    -- fence by `offset 0` would cost the parallel workers.
    with fence as (select 1) -- noqa: ST03

    select
        participant_id,
        time_bucket('1 day', timestamp) as day,
        {reading_hash} as hash
    from public.heart_rate
    where timestamp >= %(start)s and timestamp < %(end)s
) as readings
group by participant_id, readings.day
