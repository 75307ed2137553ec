-- Grain: one row per participant and UTC day of the valid rows, in that order.
select
    person_of(source_id) as person,
    timestamp::date as day,
    count(*) as row_count,
    min(source_id) as first_source,
    max(source_id) as last_source
from readings
where timestamp is not null
group by all
order by person, day
