-- Rows in strictly ascending order have no duplicates: every valid row is kept.
create or replace view file_readings as
select
    source_id,
    timestamp,
    measured
from readings
where timestamp is not null;

create or replace view deduplicated as
select
    person_of(source_id) as person,
    -- Not a join, which may change the order of the rows.
    (select list(participant_id order by source_id) from sources)[source_id + 1] as participant_id,
    timestamp,
    measured,
    false as is_conflict
from file_readings;

create or replace view source_days as
select
    source_id,
    timestamp::date as day,
    count(*) as readings,
    day_checksum(reading_hash(timestamp, measured)) as checksum,
    min(timestamp) as first_timestamp,
    max(timestamp) as last_timestamp
from file_readings
group by all;
