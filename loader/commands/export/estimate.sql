-- Grain: one row: the plan, with the number of rows that the planner expects. For the progress bar.
explain (format json)
select 1 as row_exists
from {relation}
where
    participant_id = any(%(participants)s)
    and {key} >= %(start)s
    and {key} < %(end)s
