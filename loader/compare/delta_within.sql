-- Grain: one reading of the delta, as there, from $start (inclusive) to $end (exclusive), UTC.
select
    participant_id,
    timestamp_us,
    value,
    confidence
from delta
where timestamp >= $start and timestamp < $end
