-- Grain: one row per participant and UTC day of days.parquet.
select
    participant_id,
    day,
    readings,
    checksum
from ledger
