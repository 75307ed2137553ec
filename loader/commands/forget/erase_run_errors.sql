-- Erase the errors that name a participant or one of their files.
update ingest.runs
set error = 'erased: it named a participant'
where run_id = any(%(runs)s)
