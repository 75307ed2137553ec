-- Count the instants of each device in a slice. An instant counts once, in however many files it is.
insert into device_readings
select
    person,
    day,
    device,
    count(*) as readings
from (
    select distinct
        days_of_sources.person,
        days_of_sources.day,
        days_of_sources.device,
        readings.timestamp
    from readings
    inner join days_of_sources
        on
            readings.source_id = days_of_sources.source_id
            and readings.timestamp::date = days_of_sources.day
    semi join days_of_several_devices
        on
            days_of_sources.person = days_of_several_devices.person
            and days_of_sources.day = days_of_several_devices.day
    where
        readings.source_id between $first_source and $last_source
        and readings.timestamp >= $start
        and readings.timestamp < $end
        and days_of_sources.person between $first_person and $last_person
        and days_of_sources.device <> ''
)
group by all
