-- Record which run staged how many readings.
insert into staging.batch (run_id, readings)
values (%s, %s)
