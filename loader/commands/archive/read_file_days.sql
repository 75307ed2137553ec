-- Add what the file of a partition contains, by participant and UTC day.
insert into file_days
select
    $first_day,
    $bucket,
    participant_id,
    (timestamp at time zone 'UTC')::date as day,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, measurement_of(value, confidence))) as checksum,
    min(timestamp) as first_timestamp,
    max(timestamp) as last_timestamp
from read_parquet($file, hive_partitioning = false)
group by participant_id, day
