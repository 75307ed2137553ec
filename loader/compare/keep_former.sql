-- Keep the readings of the files that were just read under their former settings.
insert into main.former_readings
select
    files.path,
    sources.participant_id,
    readings.timestamp,
    readings.measured
from readings
inner join sources on readings.source_id = sources.source_id
inner join files on sources.file_id = files.file_id
where readings.timestamp is not null
union all
select
    files.path,
    clock_rows.participant_id,
    clock_rows.clock - to_microseconds(unnest([clock_changes.before_us, clock_changes.after_us])),
    clock_rows.measured
from clock_rows
inner join clock_changes on clock_rows.zone = clock_changes.zone and clock_rows.instant = clock_changes.instant
inner join files on clock_rows.file_id = files.file_id
