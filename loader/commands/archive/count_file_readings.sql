-- One row: how many readings the file of a partition contains.
select coalesce(sum(readings), 0)
from file_days
where first_day = $first_day and bucket = $bucket
