-- A full refresh stages every day of the table: the other days have left it, as it was asked to let them.
update ingest.changed_days
set run_id = %(run_id)s
where run_id < %(run_id)s
