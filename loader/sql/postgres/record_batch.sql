-- Say which run filled the staging relation, and with how many readings.
insert into staging.batch (run_id, readings)
values (%s, %s)
