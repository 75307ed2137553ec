-- Under the lock no other run can be going on: what still says "running" was killed.
update ingest.runs
set outcome = 'interrupted'
where outcome = 'running'
