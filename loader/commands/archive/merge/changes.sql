-- One row: how many readings of a partition the merge changes, and how many are left.
select
    count(*) filter (where change <> 'kept') as changed,
    count(*) filter (where change <> 'moved') as readings
from merged
