-- Forget what the file of a partition contained.
delete from file_days
where first_day = $first_day and bucket = $bucket
