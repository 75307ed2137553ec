-- Grain: one row per participant and UTC day of all files.
create or replace table deduplicated_days as
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
        day_checksum(reading_hash(timestamp, measured)) as checksum
    from deduplicated_rows
    group by all
) as days
inner join people on days.person = people.person
