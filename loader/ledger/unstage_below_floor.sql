-- Remove from staging what is below the floor.
delete from staging.heart_rate
where timestamp < (select floor::timestamp at time zone 'UTC' from ingest.retention);
delete from staging.moved_readings
where timestamp < (select floor::timestamp at time zone 'UTC' from ingest.retention);
delete from staging.touched_days
where day_start < (select floor::timestamp at time zone 'UTC' from ingest.retention);
