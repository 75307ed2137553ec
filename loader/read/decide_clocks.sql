-- Give the doubtful rows the instants that were decided; the order of readings stays.
update readings
set timestamp = decided_clocks.timestamp
from decided_clocks
where
    readings.rowid = decided_clocks.place
    and readings.timestamp <> decided_clocks.timestamp
