-- Keep the rows near a change, to decide the doubtful ones after all files. $first_place is the rowid in
-- readings of the first row of clocks; within a transaction, the rowids of clocks don't begin at 0.
insert into clock_rows
select
    $first_place + clocks.rowid - (select min(clocks.rowid) from clocks) as place,
    clocks.file_id,
    clocks.participant_id,
    clock_changes.zone,
    clock_changes.instant,
    clocks.timestamp as clock,
    clocks.measured
from clocks
inner join clock_zones on clocks.participant_id = clock_zones.participant_id
inner join clock_changes
    on
        clock_zones.zone = clock_changes.zone
        and clocks.timestamp >= clock_changes.begin_near
        and clocks.timestamp < clock_changes.end_near
