-- Grain: one row per participant and UTC day of the delta.
select
    settled_days.participant_id,
    settled_days.day,
    settled_days.readings,
    instants.first_timestamp,
    instants.last_timestamp
from settled_days
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
        settled_days.participant_id = instants.participant_id
        and settled_days.day = instants.day
semi join touched
    on settled_days.participant_id = touched.participant_id and settled_days.day = touched.day
