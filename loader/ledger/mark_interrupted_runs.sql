-- Mark killed runs: while this run holds the lock, no other run can be running.
update ingest.runs
set outcome = 'interrupted'
where outcome = 'running'
