-- No run says that a later instant was reached than the latest reading that is left (null: none is).
update ingest.runs
set last_ok_run = %(latest)s::timestamptz
where last_ok_run > coalesce(%(latest)s::timestamptz, '-infinity')
