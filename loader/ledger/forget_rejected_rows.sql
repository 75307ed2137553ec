-- The rejected rows of a file that was read in full are recorded again.
delete from ingest.rejected_rows
where path = any(%s)
