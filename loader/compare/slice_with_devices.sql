-- Grain: one row per valid row of a slice, as in slice.sql, but with the places of devices_by_day.sql before the
-- order of the rows. On a day without places, a file names only one device or none.
create or replace table slice as
select
    readings.source_id,
    people.person,
    readings.timestamp,
    readings.measured
from readings
inner join sources on readings.source_id = sources.source_id
inner join people on sources.participant_id = people.participant_id
left join device_places
    on
        readings.source_id = device_places.source_id
        and readings.timestamp::date = device_places.day
where
    readings.source_id between $first_source and $last_source
    and readings.timestamp >= $start
    and readings.timestamp < $end
    and people.person between $first_person and $last_person
order by people.person, readings.timestamp, coalesce(device_places.place, 0), readings.rowid
