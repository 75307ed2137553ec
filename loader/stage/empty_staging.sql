-- Empty staging.
truncate staging.heart_rate, staging.touched_days, staging.moved_readings, staging.batch;
truncate staging.bulk_load_arrivals, staging.kept_readings;
drop table if exists staging.heart_rate_bulk_load
