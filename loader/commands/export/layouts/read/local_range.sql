-- Grain: one row. The instants at which a range of a participant's local days begins and ends.
select
    case
        when isfinite(days.first_day) then days.first_day::timestamp at time zone %(time_zone)s
        else '-infinity'
    end::text as range_start,
    case
        when isfinite(days.end_day) then days.end_day::timestamp at time zone %(time_zone)s
        else 'infinity'
    end::text as range_end
from (
    select
        %(first_day)s::date as first_day,
        %(end_day)s::date as end_day
) as days
