-- Grain: as in rows_of_devices.sql, for so many devices that to look each up in a list would be slow. The join
-- changes the order of the rows, so they are sorted.
insert into readings
select
    sources.source_id,
    clocks.timestamp,
    clocks.measured
from (
    select
        *,
        rowid as line
    from clocks
) as clocks
inner join clock_devices on clocks.device = clock_devices.device
inner join sources on clocks.file_id = sources.file_id and clock_devices.device_name = sources.device
order by clocks.line
