-- A file read in full gives its rejected rows anew.
delete from ingest.rejected_rows
where path = any(%s)
