-- One row: how many readings and participant-days the files have.
select
    coalesce(sum(readings), 0)::bigint as readings,
    count(*) as days
from file_days
