-- Grain: one row per file and UTC day: the number of readings, and a checksum of each reading's second and
-- value in ten-thousandths of a bpm. DuckDB; an hr.csv has four decimals.
select
    filename,
    timestamp::date::varchar as day,
    count(*)::bigint as readings,
    sum((epoch(timestamp)::bigint % 86400 + 1) * round(value * 10000)::bigint)::bigint as checksum
from read_csv(
    $files,
    columns = {'timestamp': 'timestamp', 'value': 'double'},
    header = true,
    filename = true
)
group by filename, day
order by filename, day
