-- Grain: one row per participant and UTC day with readings to merge or to delete.
select
    participant_id,
    day
from deduplicated_days
semi join selected_days
    on deduplicated_days.participant_id = selected_days.participant_id and deduplicated_days.day = selected_days.day
union
select
    participant_id,
    timestamp::date as day
from moved
