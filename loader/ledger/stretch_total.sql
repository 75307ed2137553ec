-- One row: readings and checksum of public.heart_rate within a stretch, for any participant. Without days to
-- group by it takes three fifths of the time of table_days.sql.
select
    count(*) as readings,
    coalesce(mod(sum(hash * hash), 2305843009213693952), 0)::bigint as checksum
from (
    -- A fence, as in table_days.sql.
    with fence as (select 1) -- noqa: ST03

    select {reading_hash} as hash
    from public.heart_rate
    where timestamp >= %(start)s and timestamp < %(end)s
) as readings
