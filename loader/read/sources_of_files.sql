-- Grain: one row per file from $first_file to $last_file: its sources in the order of the devices in
-- clock_devices, null for those that it doesn't name.
create or replace table clock_sources as
select
    files_read.file_id,
    list(sources.source_id order by clock_devices.device) as source_ids
from (select unnest(range($first_file, $last_file + 1)) as file_id) as files_read
cross join clock_devices
left join sources
    on files_read.file_id = sources.file_id and clock_devices.device_name = sources.device
group by files_read.file_id
