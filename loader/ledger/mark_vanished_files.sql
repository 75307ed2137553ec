-- Known files that are no longer there: what they gave stays in the table.
update ingest.files
set vanished = true
where path = any(%s)
