-- Whether a file has an instant twice.
select (select count(timestamp) from readings) > (select count(*) from file_readings)
