-- Every valid row stands: each instant is given once.
create or replace view file_readings as
select
    file_id,
    participant_id,
    timestamp,
    value,
    confidence
from readings
where timestamp is not null;

create or replace view settled as
select
    participant_id,
    timestamp,
    value,
    confidence,
    false as is_conflict
from file_readings;
