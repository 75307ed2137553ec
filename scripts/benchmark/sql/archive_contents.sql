-- Grain: one row per UTC day of the readings of read_archive.sql, as in file_contents.sql.
select
    'me' as participant,
    timestamp::date::varchar as day,
    count(*)::bigint as readings,
    sum((epoch(timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint)::bigint as checksum
from readings
group by day
order by day
