-- Empty what is staged.
truncate staging.heart_rate, staging.touched_days, staging.moved_readings, staging.batch;
drop table if exists staging.heart_rate_bulk_load
