-- Grain: one row per reading of the delta, in its order.
select
    participant_id,
    timestamp_us,
    unnest(measured)
from delta
