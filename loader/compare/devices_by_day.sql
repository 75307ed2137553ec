-- Grain: one row per source on a day of days_of_several_devices.sql. Of the rows of an instant, the one with the
-- largest (place, rowid) wins. Format rank decides first. Within a format, a row that names a device wins over
-- one that doesn't; a device that a file of the day prefers wins over others; then the device with more readings
-- on the day wins, then the name that comes first.
create or replace table device_places as
with preferred as (
    select
        days_of_sources.person,
        days_of_sources.day,
        days_of_sources.device,
        min(preferred_devices.place) as place
    from days_of_sources
    inner join preferred_devices
        on
            days_of_sources.file_id = preferred_devices.file_id
            and days_of_sources.device = preferred_devices.device
    group by all
),

counted as (
    select
        person,
        day,
        device,
        sum(readings) as readings
    from device_readings
    group by all
)

select
    days_of_sources.source_id,
    days_of_sources.day,
    dense_rank() over (
        partition by days_of_sources.person, days_of_sources.day
        order by
            days_of_sources.rank asc,
            days_of_sources.device <> '' asc,
            preferred.place is not null asc,
            preferred.place desc,
            counted.readings asc,
            days_of_sources.device desc
    ) as place
from days_of_sources
semi join days_of_several_devices
    on days_of_sources.person = days_of_several_devices.person and days_of_sources.day = days_of_several_devices.day
left join preferred
    on
        days_of_sources.person = preferred.person
        and days_of_sources.day = preferred.day
        and days_of_sources.device = preferred.device
left join counted
    on
        days_of_sources.person = counted.person
        and days_of_sources.day = counted.day
        and days_of_sources.device = counted.device
