-- Grain: one row per participant and UTC day: what the archive holds by days.parquet.
select
    date_trunc($by, day)::date as first_day,
    bucket,
    participant_id,
    day,
    readings,
    checksum
from ledger
