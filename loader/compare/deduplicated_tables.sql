-- The tables that deduplicate_slice.sql fills slice by slice.

-- Grain: one reading, in the order (person, timestamp).
create or replace table deduplicated_rows (
    person integer,
    timestamp timestamp,
    measured measurement,
    is_conflict boolean
);

create or replace view deduplicated as
select
    person,
    name_of(person) as participant_id,
    timestamp,
    measured,
    is_conflict
from deduplicated_rows;

-- Grain: one row per source, UTC day and slice.
create or replace table days_of_slices (
    source_id integer,
    day date,
    readings bigint,
    checksum bigint,
    first_timestamp timestamp,
    last_timestamp timestamp
);

create or replace view source_days as
select
    source_id,
    day,
    sum(readings)::bigint as readings,
    total_checksum(checksum) as checksum,
    min(first_timestamp) as first_timestamp,
    max(last_timestamp) as last_timestamp
from days_of_slices
group by all;
