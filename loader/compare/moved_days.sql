-- Grain: one row per participant and UTC day of which nothing is staged, with readings to delete.
select
    moved.participant_id,
    moved.timestamp::date as day,
    0 as readings,
    min(moved.timestamp) as first_timestamp,
    max(moved.timestamp) as last_timestamp
from moved
anti join selected_days
    on moved.participant_id = selected_days.participant_id and moved.timestamp::date = selected_days.day
group by all
