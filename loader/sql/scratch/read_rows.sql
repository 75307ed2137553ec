-- Grain: one row per row of several files of one format that does not say whose they are, in the order
-- of the files and of their rows; what is no reading gets a null timestamp. A snapshot is named by
-- its file's number.
insert into readings
select
    $source_ids[file_name::integer - $first_file + 1],
    case when value > 0 and value <= 300 and fits then timestamp end,
    value,
    confidence
from {relation}($snapshots, $delimiter, $columns)
