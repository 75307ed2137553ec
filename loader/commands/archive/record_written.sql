-- Record that the file of a partition was written or removed.
insert into written
values ($first_day, $bucket)
