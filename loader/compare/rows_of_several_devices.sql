-- Grain: one row per participant and UTC day of days_of_several_devices.sql, in that order, as in rows_by_day.sql;
-- only rows that name a device.
select
    days_of_sources.person,
    days_of_sources.day,
    sum(days_of_sources.row_count)::bigint as row_count,
    min(days_of_sources.source_id) as first_source,
    max(days_of_sources.source_id) as last_source
from days_of_sources
semi join days_of_several_devices
    on days_of_sources.person = days_of_several_devices.person and days_of_sources.day = days_of_several_devices.day
where days_of_sources.device <> ''
group by days_of_sources.person, days_of_sources.day
order by days_of_sources.person, days_of_sources.day
