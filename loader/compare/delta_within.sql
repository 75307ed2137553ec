-- Grain: one row per reading of the delta, in its order, from $start (inclusive) to $end (exclusive), UTC.
select
    participant_id,
    timestamp_us,
    unnest(measured)
from delta
where timestamp >= $start and timestamp < $end
