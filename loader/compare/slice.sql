-- Grain: one valid row of a slice (slices.py). Of equal instants the last one wins, in the order
-- (format rank, path, line), which is rowid's. The rows of one file are neighbours.
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
