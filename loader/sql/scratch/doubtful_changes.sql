-- The changes with rows in doubt.
select distinct clock_changes.change
from clocks
inner join clock_zones on clocks.participant_id = clock_zones.participant_id
inner join clock_changes
    on
        clock_zones.zone = clock_changes.zone
        and clocks.timestamp >= clock_changes.begin_clock
        and clocks.timestamp < clock_changes.end_clock
