-- Say which run staged, how many readings, and whether as the whole table.
insert into staging.batch (run_id, readings, whole)
values (%s, %s, %s)
