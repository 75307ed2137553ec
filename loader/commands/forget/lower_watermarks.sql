-- Lower the watermarks of runs to the latest reading that is left (null: there is none).
update ingest.runs
set last_ok_run = %(latest)s::timestamptz
where last_ok_run > coalesce(%(latest)s::timestamptz, '-infinity')
