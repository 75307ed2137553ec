-- Grain: one row per reading of the delta on the UTC days from $start to $end (exclusive), in its order.
create or replace table delta_of_days as
select
    -- Not a join, which may change the order of the rows.
    (select list(bucket order by person) from buckets_of_people)[person + 1] as bucket,
    participant_id,
    timestamp,
    measured
from delta
where timestamp >= $start and timestamp < $end
