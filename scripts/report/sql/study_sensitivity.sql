-- Grain: one row per criterion of a valid day and number of hours, over all participants.
select
    criterion,
    hours,
    sum(valid_days)::bigint as valid_days,
    sum(days)::bigint as days,
    sum(valid_weeks)::bigint as valid_weeks
from marts.heart_rate_sensitivity
group by criterion, hours
order by criterion, hours
