-- Grain: one row per file, participant, UTC day and device of the rows read, with the file's name.
select
    files.path,
    file_days.participant_id,
    file_days.day,
    file_days.device,
    file_days.readings,
    file_days.checksum,
    file_days.first_timestamp,
    file_days.last_timestamp
from file_days
inner join files on file_days.file_id = files.file_id
