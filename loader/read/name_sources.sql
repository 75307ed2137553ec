-- Grain: one row per file and participant in clocks, whose rows name no device.
insert into sources
select
    (select count(*) from sources) - 1 + row_number() over (order by file_id, participant_id),
    file_id,
    participant_id,
    '' as device
from (
    select distinct
        file_id,
        participant_id
    from clocks
)
