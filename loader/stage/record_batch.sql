-- Record which run staged how many readings, and whether as a bulk load.
insert into staging.batch (run_id, readings, bulk_load)
values (%s, %s, %s)
