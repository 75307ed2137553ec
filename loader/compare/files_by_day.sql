-- Grain: one row per file read, selected participant-day and device: the first and last instant on it.
select distinct
    files.path,
    file_days.participant_id,
    file_days.day,
    file_days.device,
    file_days.first_timestamp,
    file_days.last_timestamp
from file_days
inner join files on file_days.file_id = files.file_id
inner join selected_days
    on file_days.participant_id = selected_days.participant_id and file_days.day = selected_days.day
