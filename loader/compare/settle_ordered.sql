-- Every valid row stands: each instant is given once.
create or replace view file_readings as
select
    source_id,
    timestamp,
    value,
    confidence
from readings
where timestamp is not null;

create or replace view settled as
select
    person_of(source_id) as person,
    -- Looked up and not joined: a join may change the order of the rows.
    (select list(participant_id order by source_id) from sources)[source_id + 1] as participant_id,
    timestamp,
    value,
    confidence,
    false as is_conflict
from file_readings;
