-- Grain: one row per row with a local time, in its order, with its instant; a doubtful time has the offset
-- before the change.
insert into readings
select
    sources.source_id,
    clocks.timestamp - to_microseconds(clock_offsets.offset_us) as timestamp,
    clocks.measured
from (
    select
        clocks.*,
        clocks.rowid as line,
        clock_zones.zone
    from clocks
    left join clock_zones on clocks.participant_id = clock_zones.participant_id
) as clocks
asof left join clock_offsets
    on clocks.zone = clock_offsets.zone and clocks.timestamp >= clock_offsets.from_clock
inner join sources
    on
        clocks.file_id = sources.file_id
        and clocks.participant_id is not distinct from sources.participant_id
order by clocks.line
