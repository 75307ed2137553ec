-- Grain: one row per file from $first_file on: the number of its rows, and of its readings.
select
    sources.file_id,
    count(*) as row_count,
    count(readings.timestamp) as readings
from readings
inner join sources on readings.source_id = sources.source_id
where sources.file_id >= $first_file
group by sources.file_id
