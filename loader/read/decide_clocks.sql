-- Set the decided instants of doubtful rows; the order of the rows in readings stays.
update readings
set timestamp = decided_clocks.timestamp
from decided_clocks
where
    readings.rowid = decided_clocks.place
    and readings.timestamp <> decided_clocks.timestamp
