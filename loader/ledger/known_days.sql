-- What the named files contain, by participant, UTC day and device; nothing for a missing file.
select
    days.path,
    days.participant_id,
    days.day,
    days.device,
    days.readings,
    days.checksum
from ingest.days
inner join ingest.files on days.path = files.path
where days.path = any(%s) and not files.vanished
