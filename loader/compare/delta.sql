-- Grain: one row per reading of a selected participant-day, in the order (participant, timestamp) of
-- `deduplicated`: rows are only filtered, not sorted.
create or replace view delta as
select
    deduplicated.person,
    deduplicated.participant_id,
    deduplicated.timestamp,
    epoch_us(deduplicated.timestamp) as timestamp_us,
    deduplicated.measured
from deduplicated
cross join selected_flags
where
    deduplicated.timestamp::date >= selected_flags.first_day
    and deduplicated.timestamp::date < selected_flags.first_day + selected_flags.days::integer
    and selected_flags.is_selected[
        deduplicated.person * selected_flags.days + (deduplicated.timestamp::date - selected_flags.first_day) + 1
    ]
