-- The same as delta.sql, if every participant-day is selected.
create or replace view delta as
select
    person,
    participant_id,
    timestamp,
    epoch_us(timestamp) as timestamp_us,
    measured
from deduplicated
