-- Grain: one row per participant and UTC day of the files that were read, in no order.
select
    participant_id,
    day,
    readings,
    checksum
from file_days
