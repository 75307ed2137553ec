-- Grain: one row per participant, selected UTC day and device named in the files read.
select
    file_days.participant_id,
    file_days.day,
    file_days.device,
    min(file_days.first_timestamp) as first_timestamp,
    max(file_days.last_timestamp) as last_timestamp
from file_days
semi join selected_days
    on file_days.participant_id = selected_days.participant_id and file_days.day = selected_days.day
where file_days.device <> ''
group by all
