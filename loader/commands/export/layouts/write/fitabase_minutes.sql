-- Grain: one row per minute.
select
    strftime(local_time, '%-m/%-d/%Y %-I:%M:%S %p') as "Time", -- noqa: RF06
    round(mean_bpm)::integer as "Value" -- noqa: RF06
from batches
