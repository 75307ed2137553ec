-- Grain: one row per row in doubt or near one, in the order of the rows of each file and participant.
select
    clocks.file_id,
    clocks.participant_id,
    clock_changes.change,
    clocks.rowid as line,
    clocks.timestamp,
    clocks.value,
    clocks.confidence
from clocks
inner join clock_zones on clocks.participant_id = clock_zones.participant_id
inner join clock_changes
    on
        clock_zones.zone = clock_changes.zone
        and clocks.timestamp >= clock_changes.begin_near
        and clocks.timestamp < clock_changes.end_near
where list_contains($changes, clock_changes.change)
order by clocks.file_id, clocks.participant_id, clock_changes.change, line
