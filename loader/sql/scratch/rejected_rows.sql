-- The rejected rows of the files read, with their line numbers in the file.
select
    files.path,
    readings.rowid - files.first_rowid + files.first_line as line,
    readings.raw,
    readings.reason
from readings
inner join files on readings.file_id = files.file_id
where readings.reason is not null and readings.reason <> 'blank line'
order by readings.rowid
