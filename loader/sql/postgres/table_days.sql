-- Grain: one row per participant and UTC day of public.heart_rate: readings and checksum.
-- The formula is the macro reading_hash of sql/scratch/tables.sql; its reasons are told there.
select
    participant_id,
    (day at time zone 'UTC')::date as day,
    count(*) as readings,
    (sum(hash * hash) % 2305843009213693952)::bigint as checksum
from (
    -- A fence, though nothing reads it: without it Postgres computes each hash twice, and once the
    -- table has statistics takes every reading for a day of its own and sorts them all on disk. A
    -- fence by `offset 0` would cost the parallel workers. TimescaleDB's own function and not
    -- date_part('epoch'), which reads its first argument anew for each row: a third of all the time.
    with fence as (select 1)

    select
        participant_id,
        time_bucket('1 day', timestamp) as day,
        (
            (_timescaledb_functions.to_unix_microseconds(timestamp) % 2147483647) * 998244353
            + ((value * 18014398509481984)::bigint % 2147483647) * 754974721
            + (coalesce(confidence, -1) + 2) * 167772161
        ) % 2147483647 as hash
    from public.heart_rate
) as readings
group by participant_id, readings.day
