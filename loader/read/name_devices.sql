-- Name the devices of files with instants whose rows may name one, and give them sources.

-- Grain: one row per device or app as the rows in clocks have it; several may have one name.
create or replace table clock_devices as
select
    device,
    device_name(device) as device_name
from (select distinct device from clocks);

-- Grain: one row per file, participant and device in clocks.
insert into sources
select
    (select count(*) from sources) - 1 + row_number() over (order by file_id, participant_id, device_name),
    file_id,
    participant_id,
    device_name
from (
    select distinct
        clocks.file_id,
        clocks.participant_id,
        clock_devices.device_name
    from clocks
    inner join clock_devices on clocks.device = clock_devices.device
);
