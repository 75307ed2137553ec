-- After a full refresh the table holds nothing of files that are missing.
delete from ingest.days
using ingest.files
where days.path = files.path and files.vanished
