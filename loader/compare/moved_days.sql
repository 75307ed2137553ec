-- Grain: one row per participant and UTC day with readings to delete and without staged readings.
select
    moved.participant_id,
    moved.timestamp::date as day,
    min(moved.timestamp) as first_timestamp,
    max(moved.timestamp) as last_timestamp
from moved
anti join (
    select
        participant_id,
        day
    from deduplicated_days
    semi join selected_days
        on
            deduplicated_days.participant_id = selected_days.participant_id
            and deduplicated_days.day = selected_days.day
) as staged on moved.participant_id = staged.participant_id and moved.timestamp::date = staged.day
group by all
