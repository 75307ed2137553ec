-- What settle_slice.sql fills, slice by slice.

-- Grain: one reading, in the order (person, timestamp).
create or replace table settled_rows (
    person integer,
    timestamp timestamp,
    value double,
    confidence tinyint,
    is_conflict boolean
);

create or replace view settled as
select
    person,
    name_of(person) as participant_id,
    timestamp,
    value,
    confidence,
    is_conflict
from settled_rows;

-- Grain: one row per file and participant, UTC day and slice, as in file_days.sql.
create or replace table days_of_slices (
    source_id integer,
    day date,
    readings bigint,
    checksum bigint,
    first_timestamp timestamp,
    last_timestamp timestamp
);
