-- Grain: one row per reading of the new file of a partition, in its order.
select
    participant_id,
    epoch_us(timestamp) as timestamp_us,
    unnest(measured)
from merged
where change <> 'moved'
