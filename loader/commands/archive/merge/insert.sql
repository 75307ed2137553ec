-- Grain: one row per reading of the delta in a partition that has no file yet, in its order.
create or replace table merged as
select
    participant_id,
    timestamp,
    measured,
    'added' as change
from delta_of_days
where bucket = $bucket
