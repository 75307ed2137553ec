-- Grain: one row per row in clocks, in its order, of files with instants whose rows may name a device. Lists and not
-- joins, because a join changes the order of the rows.
insert into readings
select
    (select list(source_ids order by file_id) from clock_sources)[file_id - $first_file + 1][
        list_position((select list(device order by device) from clock_devices), device)
    ],
    timestamp,
    measured
from clocks
