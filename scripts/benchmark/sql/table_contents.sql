-- Grain: one row per participant and UTC day: the same as file_contents.sql, for a table.
select
    participant_id,
    (timestamp at time zone 'UTC')::date::text as day,
    count(*) as readings,
    sum(
        (extract(epoch from timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint
    )::bigint as checksum
from {table}
group by participant_id, day
