-- Open a run's row.
insert into ingest.runs (command, mode, data_dir, data_dir_identity)
values (%(command)s, %(mode)s, %(data_dir)s, %(data_dir_identity)s)
returning run_id
