-- Grain: one row per day.
select
    strftime(day, '%-m/%-d/%Y') as "Day", -- noqa: RF06
    minutes_covered as "TotalMinutesWearTime" -- noqa: RF06
from batches
