-- Grain: one row per file from $first_file on: how many rows it has, how many of them are readings.
select
    file_id,
    count(*) as row_count,
    count(timestamp) as readings
from readings
where file_id >= $first_file
group by file_id
