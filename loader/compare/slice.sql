-- Grain: one row per valid row of a slice (slices.py). rowid has the order (format rank, path, line), in which
-- the last row of an instant wins; it also makes the rows of one source and instant neighbours.
create or replace table slice as
select
    source_id,
    person_of(source_id) as person,
    timestamp,
    measured
from readings
where
    source_id between $first_source and $last_source
    and timestamp >= $start
    and timestamp < $end
    and person_of(source_id) between $first_person and $last_person
order by person, timestamp, rowid
