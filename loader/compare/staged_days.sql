-- Grain: one row per participant and UTC day of the delta.
select
    deduplicated_days.participant_id,
    deduplicated_days.day,
    deduplicated_days.readings,
    instants.first_timestamp,
    instants.last_timestamp
from deduplicated_days
inner join (
    select
        participant_id,
        day,
        min(first_timestamp) as first_timestamp,
        max(last_timestamp) as last_timestamp
    from file_days
    group by all
) as instants
    on
        deduplicated_days.participant_id = instants.participant_id
        and deduplicated_days.day = instants.day
semi join selected_days
    on deduplicated_days.participant_id = selected_days.participant_id and deduplicated_days.day = selected_days.day
