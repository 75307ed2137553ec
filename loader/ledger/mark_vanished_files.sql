-- Mark known files that are no longer there; their readings stay in the table.
update ingest.files
set vanished = true
where path = any(%s)
