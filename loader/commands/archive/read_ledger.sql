-- Read days.parquet.
insert into ledger
select
    participant_id,
    day,
    bucket,
    readings,
    checksum,
    first_timestamp,
    last_timestamp
from read_parquet($file, hive_partitioning = false)
