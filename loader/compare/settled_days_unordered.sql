-- Grain: one row per participant and UTC day: what the files together give.
create or replace table settled_days as
select
    people.participant_id,
    days.day,
    days.readings,
    days.checksum
from (
    select
        person,
        timestamp::date as day,
        count(*) as readings,
        day_checksum(reading_hash(timestamp, value, confidence)) as checksum
    from settled_rows
    group by all
) as days
inner join people on days.person = people.person
