-- Grain: one row per participant and UTC day: the new days.parquet.
select
    kept.participant_id,
    kept.day,
    kept.bucket,
    kept.readings,
    kept.checksum,
    kept.first_timestamp,
    kept.last_timestamp
from ledger as kept
left join written on date_trunc($by, kept.day) = written.first_day and kept.bucket = written.bucket
where written.first_day is null
union all
select
    participant_id,
    day,
    bucket,
    readings,
    checksum,
    first_timestamp,
    last_timestamp
from file_days
order by participant_id, day
