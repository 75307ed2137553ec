-- Record a merge before it changes the first file: if it doesn't end, the next run compares everything.
insert into ingest.merges (run_id, rows_new, rows_late, rows_corrected) -- noqa: PRS
values (%(run_id)s, 0, 0, 0)
