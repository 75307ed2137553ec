-- Which of the files read give readings for a touched participant-day, and between which instants.
select distinct
    files.path,
    file_days.participant_id,
    file_days.day,
    file_days.first_timestamp,
    file_days.last_timestamp
from file_days
inner join files on file_days.file_id = files.file_id
inner join touched
    on file_days.participant_id = touched.participant_id and file_days.day = touched.day
