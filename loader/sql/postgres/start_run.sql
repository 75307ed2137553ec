-- Open a run's row.
insert into ingest.runs (command, mode)
values (%s, %s)
returning run_id
