-- The same as delta.sql where every participant-day is touched.
create or replace view delta as
select
    participant_id,
    timestamp,
    epoch_us(timestamp) as timestamp_us,
    value,
    confidence
from settled
